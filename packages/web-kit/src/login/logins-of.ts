import type { OperationTables, OperatorTables } from '@ticket-check/operators';
import {
  createCodePace,
  createFailedLogins,
  createLoginPace,
  createLogins,
  createPasswords,
  type Logins,
  type Passwords,
} from '@ticket-check/operators/login';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';

/** The logins of a service, at the pace that this process keeps; `close` ends the waiting of slowed ones. */
export function loginsOf(
  service: Service,
  store: Store<OperatorTables & OperationTables>,
): Logins & { passwords: Passwords; close(): void } {
  const { now, logger } = service;
  const pace = createLoginPace();
  const passwords = createPasswords();
  const failed = createFailedLogins({ store, now, logger });
  service.drain(() => failed.close());
  const logins = createLogins({
    ...{ store, now, pace, passwords, failed },
    codePace: createCodePace(),
  });
  return { ...logins, passwords, close: () => pace.close() };
}
