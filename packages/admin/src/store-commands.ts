import type { AccountTables } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import { printResult } from '@ticket-check/runtime';
import {
  type DataSettings,
  loadCurrentGeneration,
  type Migrations,
  renewGeneration,
  type Store,
  takeServeLock,
  withTables,
} from '@ticket-check/storage';
import type { Command } from 'commander';
import type { Kysely } from 'kysely';
import { backupCommands } from './backup-commands.ts';

export type StoreCommandsOptions<DB> = {
  settings(): DataSettings;
  migrations: Migrations;
  store: CommandStore<DB>;
  /** Epoch milliseconds. */
  now(): number;
};

/** Adds `store renew-generation` and those of `backupCommands`. Reading X4. */
export function storeCommands<DB extends AccountTables>(
  program: Command,
  { settings, migrations, store, now }: StoreCommandsOptions<DB>,
): void {
  const stores = program.command('store').description("the platform's own data");
  backupCommands(stores, { settings, migrations, store, now });
  stores
    .command('renew-generation')
    .description('after a restore, before the start: have recent records resent')
    .option('--yes', 'skip the confirmation, for scripts')
    .action(async ({ yes }: { yes?: true }) => {
      // A service that runs would go on announcing the generation that has ended.
      const lock = takeServeLock(settings().DATA_DIR);
      try {
        const { after } = await store.change(
          {
            name: 'store renew-generation',
            what: {},
            needs: 'service.manage',
            destroys: { name: 'renew-generation', yes, needsYes: true, says: whatRenewingDoes },
          },
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

/** What `store renew-generation` is about to do. */
async function whatRenewingDoes<DB extends AccountTables>(store: Store<DB>): Promise<string> {
  const db: Kysely<AccountTables> = withTables(store.db);
  const { senders } = await db
    .selectFrom('account')
    .select((eb) => eb.fn.countAll<number>().as('senders'))
    .where('role', '=', 'platform')
    .where('revokedAt', 'is', null)
    .executeTakeFirstOrThrow();
  return `This starts a new generation of the data and cannot be undone: the callers (${senders} account${senders === 1 ? '' : 's'}) will send the check records of the last days again, and the audit continues under a new key. Do this only after restoring a backup.`;
}
