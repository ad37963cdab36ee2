import type { Logger } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { OperationTables } from '../migrations.ts';
import { recordEvent } from '../operation.ts';

/** Operations that failed logins leave in each process: this many at first, then one each half hour. */
const ROWS_AT_FIRST = 20;
const ROW_EVERY_MS = 30 * 60_000;
/** Usernames and addresses that one operation names. */
const MAX_NAMED = 20;

/** Failed logins that no operation has recorded yet. */
type Untold = {
  attempts: number;
  afterPassword: number;
  unconfirmed: number;
  usernames: Set<string>;
  unknown: number;
  addresses: Set<string>;
};

export type FailedLogins = ReturnType<typeof createFailedLogins>;

/**
 * Records failed logins as operations. Strangers can fail as often as they like and operations are never deleted, so only the
 * first are recorded one by one: after that one operation covers half an hour.
 */
export function createFailedLogins(options: {
  store: Store<OperationTables>;
  now: () => number;
  logger: Pick<Logger, 'error'>;
}) {
  const { store, now, logger } = options;
  let rows = ROWS_AT_FIRST;
  let countedAt = performance.now();
  let untold = nothing();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  /** How long it takes until a row may be written. */
  function waitMs(): number {
    const earned = Math.floor((performance.now() - countedAt) / ROW_EVERY_MS);
    rows = Math.min(ROWS_AT_FIRST, rows + earned);
    countedAt = rows === ROWS_AT_FIRST ? performance.now() : countedAt + earned * ROW_EVERY_MS;
    return rows > 0 ? 0 : countedAt + ROW_EVERY_MS - performance.now();
  }

  function tell(): void {
    clearTimeout(timer);
    timer = undefined;
    const { attempts, afterPassword, unconfirmed, usernames, unknown, addresses } = untold;
    if (attempts === 0) return;
    untold = nothing();
    rows -= 1;
    const [only] = usernames.size === 1 && unknown === 0 ? usernames : [];
    const [address = null] = addresses.size === 1 ? addresses : [];
    const what = {
      attempts,
      ...(afterPassword === 0 ? {} : { afterRightPassword: afterPassword }),
      ...(unconfirmed === 0 ? {} : { unconfirmed }),
      usernames: [...usernames],
      unknownUsernames: unknown,
      addresses: [...addresses],
    };
    writing = writing
      .then(() => {
        const actor = only ?? 'unknown';
        return recordEvent(store, { name: 'login failed', actor, from: address, what, now, failed: true });
      })
      .catch((err: unknown) => logger.error({ err, ...what }, 'failed to record failed logins'));
  }

  function add(username: string | null, address: string | null, passwordWasRight: boolean): void {
    untold.attempts += 1;
    if (passwordWasRight) untold.afterPassword += 1;
    if (username === null) untold.unknown += 1;
    else if (untold.usernames.size < MAX_NAMED) untold.usernames.add(username);
    if (address !== null && untold.addresses.size < MAX_NAMED) untold.addresses.add(address);
  }

  function tellInTime(): void {
    if (timer !== undefined) return;
    const wait = waitMs();
    if (wait <= 0) tell();
    else timer = setTimeout(tell, wait).unref();
  }

  return {
    /**
     * Notes a failed login; `passwordWasRight`: it failed at the second factor. `username` is null if nobody has that name, which may be a password in the wrong field.
     */
    note({
      username,
      address,
      passwordWasRight = false,
    }: {
      username: string | null;
      address: string;
      passwordWasRight?: boolean;
    }) {
      add(username, address, passwordWasRight);
      tellInTime();
    },
    /** Notes a login whose password was right and whose second factor never came. */
    noteUnconfirmed({ username, address }: { username: string; address: string }) {
      add(username, address, true);
      untold.unconfirmed += 1;
      tellInTime();
    },
    /** Writes what is not recorded yet. Called at the end. */
    async close() {
      tell();
      await writing;
    },
  };
}

function nothing(): Untold {
  return { attempts: 0, afterPassword: 0, unconfirmed: 0, usernames: new Set(), unknown: 0, addresses: new Set() };
}
