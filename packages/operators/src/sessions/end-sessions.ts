import type { Recurring } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { OperationTables } from '../migrations.ts';
import { tryOperation } from '../operation.ts';
import type { OperatorTables } from '../people/operator-tables.ts';
import { createPasskeys } from '../second-factor/passkeys.ts';
import type { FailedLogins } from './failed-logins.ts';
import { createLoginSteps } from './login-steps.ts';
import { createSessions } from './sessions.ts';

const EVERY_MS = 60_000;

type Ending = {
  store: Store<OperatorTables & OperationTables>;
  now: () => number;
  failed: Pick<FailedLogins, 'noteUnconfirmed'>;
};

/**
 * Deletes expired sessions, each as an operation of its operator, and abandoned logins, which are recorded with the failed
 * ones.
 */
export async function endSessions({ store, now, failed }: Ending): Promise<void> {
  for (const unconfirmed of await createLoginSteps(store, now).deleteOld()) failed.noteUnconfirmed(unconfirmed);
  await createPasskeys(store, now).deleteOld();
  for (const { tokenHash, username, address, reason } of await createSessions(store, now).listEnded()) {
    const operation = { name: 'session end', actor: username, from: address, what: { reason }, now };
    await tryOperation(store, operation, async (within) =>
      (await createSessions(within, now).end(tokenHash)) ? true : null,
    );
  }
}

/** `endSessions` once a minute. */
export function endSessionsJob(ending: Ending): Recurring {
  return { everyMs: EVERY_MS, atOnce: true, run: () => endSessions(ending) };
}
