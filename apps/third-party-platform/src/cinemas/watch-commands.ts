import type { WatchedConnection } from '@ticket-check/exchange';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { ServedCinemas } from './served-cinemas.ts';

const LOOK_EVERY_MS = 8_000;

/**
 * Looks every eight seconds for cinemas that a command has added, and for another upstream (`onReplaced` of the connection). The first
 * look comes before any job starts, so that a change during the start is not missed.
 */
export async function watchCommands(
  { logger, job }: Pick<Service, 'logger' | 'job'>,
  options: {
    servedCinemas: Pick<ServedCinemas, 'list'>;
    connection: Pick<WatchedConnection, 'look'>;
    onCinemasAdded: (cinemaCodes: readonly CinemaCode[]) => Promise<unknown>;
  },
): Promise<void> {
  const { servedCinemas, connection, onCinemasAdded } = options;
  let served: ReadonlySet<CinemaCode> = new Set();

  async function look(): Promise<CinemaCode[]> {
    await connection.look();
    const before = served;
    served = new Set(await servedCinemas.list());
    return [...served].filter((cinemaCode) => !before.has(cinemaCode));
  }
  await look();
  job({
    name: 'watch commands',
    // The process that can act on a command may be this one.
    runs: 'everywhere',
    everyMs: LOOK_EVERY_MS,
    atOnce: true,
    async run() {
      const added = await look();
      if (added.length === 0) return;
      logger.info({ cinemas: added.length }, 'added cinemas');
      await onCinemasAdded(added);
    },
  });
}
