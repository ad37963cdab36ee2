import type { CommandStore } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import { printResult } from '@ticket-check/runtime';
import { loadCurrentGeneration, renewGeneration, takeServeLock } from '@ticket-check/storage';
import type { Command } from 'commander';

export type StoreCommandsOptions<DB> = {
  /** The directory that the service is served from. */
  dataDir(): string;
  store: CommandStore<DB>;
  /** Epoch milliseconds. */
  now(): number;
};

/** Adds `store renew-generation` to a platform's program. Reading X4. */
export function storeCommands<DB>(program: Command, { dataDir, store, now }: StoreCommandsOptions<DB>): void {
  program
    .command('store')
    .description("the platform's own data")
    .command('renew-generation')
    .description('after a backup was restored and before the service starts: have callers report the last days again')
    .action(async () => {
      // A service that runs would go on announcing the generation that has ended.
      const lock = takeServeLock(dataDir());
      try {
        const { after } = await store.change(
          { name: 'store renew-generation', what: {}, needs: 'service.manage' },
          async ({ db }) => {
            const { generation } = await loadCurrentGeneration(db);
            return { before: { generation }, after: { generation: await renewGeneration(db, wallClockAt(now())) } };
          },
          (came) => came,
        );
        printResult(JSON.stringify({ Generation: after.generation }));
      } finally {
        lock.release();
      }
    });
}
