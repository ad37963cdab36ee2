import type { OperationTables, OperatorTables } from '@ticket-check/operators';
import {
  createCodePace,
  createLoginPace,
  createLogins,
  createPasswords,
  type FailedLogins,
  type Logins,
  type Passwords,
} from '@ticket-check/operators/login';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';

/** The logins of a service, at the pace that this process keeps; `close` ends the waiting of slowed ones. */
export function loginsOf(
  service: Service,
  store: Store<OperatorTables & OperationTables>,
  failed: FailedLogins,
): Logins & { passwords: Passwords; close(): void } {
  const { now } = service;
  const pace = createLoginPace();
  const passwords = createPasswords();
  const logins = createLogins({
    store,
    now,
    pace,
    passwords,
    failed,
    codePace: createCodePace(),
  });
  return { ...logins, passwords, close: () => pace.close() };
}
