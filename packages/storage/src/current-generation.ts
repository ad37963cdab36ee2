/** The generation of a store's data (reading X4). */
export type CurrentGeneration = {
  /** Its id, a UUID. */
  readonly generation: string;
  /** The generations that it replaces, after restored backups or in place of a damaged store, latest first. */
  readonly replaces: readonly string[];
  /** When it was begun because a backup was restored, as a local time of the scheme; null where it never was. */
  readonly renewedAt: string | null;
};

const READ_AGAIN_MS = 1000;

/**
 * The generation as it stands in the database, for callers that need it at once: a command or another process may renew it while
 * this one serves, so what is older than a second is read again beside the call. For every process.
 */
export function watchGeneration(
  first: CurrentGeneration,
  load: () => Promise<CurrentGeneration>,
): { currentGeneration(): CurrentGeneration; readAgain(): Promise<void> } {
  let latest = first;
  let readAt = performance.now();
  let reading: Promise<void> | null = null;

  function readAgain(): Promise<void> {
    reading ??= load()
      .then((current) => {
        latest = current;
      })
      .finally(() => {
        readAt = performance.now();
        reading = null;
      });
    return reading;
  }

  return {
    currentGeneration() {
      // A store that cannot be read says so to those who ask it something.
      if (performance.now() - readAt >= READ_AGAIN_MS) readAgain().catch(() => {});
      return latest;
    },
    readAgain,
  };
}
