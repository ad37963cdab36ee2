import {
  createLoginPace,
  createLogins,
  createPasswords,
  type FailedLogins,
  type Logins,
  type OperationTables,
  type OperatorTables,
  type Passwords,
} from '@ticket-check/operators';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';

/** The logins of a service, at the pace that this process keeps; `close` ends the waiting of slowed ones. */
export function loginsOf(
  service: Service,
  store: Store<OperatorTables & OperationTables>,
  failed: FailedLogins,
): Logins & { passwords: Passwords; close(): void } {
  const atLogin = { passwords: createPasswords(), pace: createLoginPace({ boundBy: 'place' }) };
  const inSession = { passwords: createPasswords(), pace: createLoginPace({ boundBy: 'username' }) };
  const logins = createLogins({ store, now: service.now, atLogin, inSession, failed });
  return {
    ...logins,
    passwords: inSession.passwords,
    close() {
      atLogin.pace.close();
      inSession.pace.close();
    },
  };
}
