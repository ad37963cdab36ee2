/** The generation of a store's data (reading X4). */
export type CurrentGeneration = {
  /** Its id, a UUID. */
  readonly generation: string;
  /** The generations that it replaces, after restored backups or in place of a damaged store, latest first. */
  readonly replaces: readonly string[];
  /** When it began after a restored backup, as a local time of the scheme; null if none was restored. */
  readonly renewedAt: string | null;
  /** How much was ever written, a number that only grows: bytes of PostgreSQL's log, pages of a SQLite file. null if it is not known just now. */
  readonly position: number | null;
};

const READ_AGAIN_MS = 1000;

/**
 * Keeps the database's current generation for callers that need it at once. A command or another process may renew it meanwhile,
 * so a value older than a second is read again during the call. For every process.
 *
 * @param positionMs how long a position is valid, if other processes write too
 */
export function watchGeneration(
  first: CurrentGeneration,
  load: () => Promise<CurrentGeneration>,
  positionMs: number,
): {
  currentGeneration(): CurrentGeneration;
  readAgain(): Promise<void>;
  replace(current: CurrentGeneration): void;
} {
  let latest = first;
  let readAt = performance.now();
  let reading: Promise<void> | null = null;

  function replace(current: CurrentGeneration): void {
    latest = current;
    readAt = performance.now();
  }

  function readAgain(): Promise<void> {
    reading ??= load()
      .then(replace)
      .finally(() => {
        readAt = performance.now();
        reading = null;
      });
    return reading;
  }

  return {
    currentGeneration() {
      const age = performance.now() - readAt;
      // A store that cannot be read says so to those who ask it something.
      if (age >= READ_AGAIN_MS) readAgain().catch(() => {});
      if (age >= positionMs && latest.position !== null) latest = { ...latest, position: null };
      return latest;
    },
    readAgain,
    replace,
  };
}
