import { wallClockAt } from '@ticket-check/protocol';
import { printResult } from '@ticket-check/runtime';
import { renewGeneration, type Store, takeServeLock } from '@ticket-check/storage';
import type { Command } from 'commander';

export type StoreCommandsOptions<DB> = {
  /** The directory that the service is served from. */
  dataDir(): string;
  /** Opened when a command runs. */
  open(): Promise<Pick<Store<DB>, 'db' | 'close'>>;
  /** Epoch milliseconds. */
  now(): number;
};

/** Adds `store renew-generation` to a platform's program. Reading X4. */
export function storeCommands<DB>(program: Command, { dataDir, open, now }: StoreCommandsOptions<DB>): void {
  program
    .command('store')
    .description("the platform's own data")
    .command('renew-generation')
    .description('after a backup was put back and before the service starts: have callers report the last days again')
    .action(async () => {
      // A service that runs would go on announcing the life that has ended.
      const lock = takeServeLock(dataDir());
      try {
        const store = await open();
        try {
          printResult(JSON.stringify({ Generation: await renewGeneration(store.db, wallClockAt(now())) }));
        } finally {
          await store.close();
        }
      } finally {
        lock.release();
      }
    });
}
