import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AccountTables } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import { ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import {
  backUp,
  type CheckedFile,
  checkFile,
  type DataSettings,
  isSqliteUrl,
  loadCurrentGeneration,
  loadOrCreateKey,
  type Migrations,
  noteBackup,
  parseSqliteUrl,
  renewGeneration,
  restoreFile,
  type Store,
  storeFault,
  takeServeLock,
  withTables,
} from '@ticket-check/storage';
import type { Command } from 'commander';
import type { Kysely } from 'kysely';

export type StoreCommandsOptions<DB> = {
  settings(): DataSettings;
  migrations: Migrations;
  store: CommandStore<DB>;
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
      using _ = { [Symbol.dispose]: takeServeLock(settings().DATA_DIR).release };
      const asked = { name: 'store renew-generation', what: {}, needs: 'service.manage' as const };
      await store.confirm(asked, { name: 'renew-generation', yes, needsYes: true, says: whatRenewingDoes });
      const { after } = await store.change(
        asked,
        async ({ db }) => {
          const { generation } = await loadCurrentGeneration(db);
          return { before: { generation }, after: { generation: await renewGeneration(db, wallClockAt(now())) } };
        },
        (came) => came,
      );
      printResult(JSON.stringify({ Generation: after.generation }));
    });
}

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

const SHOWN = `
  select (select generation from store_generation) as "Generation",
    (select copied_at from store_generation) as "BackedUpAt",
    (select max(name) from migration) as "Step",
    (select max(readable_since) from migration) as "ReadableSince",
    (select count(*) from check_record) as "Records",
    (select min(check_time) from check_record) as "OldestCheckTime",
    (select max(check_time) from check_record) as "NewestCheckTime",
    (select count(*) from outbox) as "Waiting"
`;

/** Adds `store backup`, `store check` and `store restore`, which name files of the machine or work on a stopped store. On PostgreSQL they say what to run, and are wrong usage. */
export function backupCommands<DB>(
  stores: Command,
  { settings, migrations, store, now }: StoreCommandsOptions<DB>,
): void {
  /** The file and key of the database. */
  function onSqlite(command: Command) {
    const { DATA_DIR: dataDir, DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = settings();
    if (!isSqliteUrl(url)) command.error(forPostgres(url));
    if (!existsSync(keyFile))
      throw new ExpectedError(`${keyFile} is missing: the key that the database was made with.`);
    return { dataDir, url, path: parseSqliteUrl(url), key: loadOrCreateKey(keyFile) };
  }

  function check(file: string, key: string): CheckedFile {
    const checked = checkFile(file, key, SHOWN);
    const { ReadableSince } = { ReadableSince: null, ...checked.row } as { ReadableSince: string | null };
    if (ReadableSince === null || Object.keys(migrations).some((step) => step >= ReadableSince)) return checked;
    return { ...checked, problem: `it needs a newer version, which knows the migration ${ReadableSince}` };
  }

  stores
    .command('backup <file>')
    .description('copy the database into a new file, also while the service runs')
    .action(async (given: string, _options: object, command: Command) => {
      const file = resolve(given);
      const { path, key } = onSqlite(command);
      await store.look({ name: 'store backup', what: { file } }, async (opened, print) => {
        const at = wallClockAt(now());
        const { bytes } = await backUp(path, key, file, at);
        print({ File: file, Bytes: bytes, BackedUpAt: at });
        await noteBackup(opened.db, at).catch((error: unknown) =>
          printNotice(`The time of the backup could not be noted: ${storeFault(error) ?? error}.`),
        );
        return { bytes };
      });
    });

  stores
    .command('check <file>')
    .description('read all of a backup, and say on one line whether a store can begin with it and what it holds')
    .action((given: string, _options: object, command: Command) => {
      const file = resolve(given);
      const { key } = onSqlite(command);
      const { problem, row } = check(file, key);
      printResult(JSON.stringify({ File: file, Usable: problem === null, Problem: problem, ...row }));
      if (problem !== null) throw new ExpectedError(`${file} cannot be used: ${problem}.`);
    });

  stores
    .command('restore <file>')
    .description('replace the database by a backup while no service runs; the former one is kept beside it')
    .action(async (given: string, _options: object, command: Command) => {
      const file = resolve(given);
      const { dataDir, url, key } = onSqlite(command);
      using _ = { [Symbol.dispose]: takeServeLock(dataDir).release };
      const { problem } = check(file, key);
      if (problem !== null) throw new ExpectedError(`${file} cannot be restored: ${problem}.`);
      const movedTo = await restoreFile(url, key, file, now());
      const { after } = await store.change(
        { name: 'store restore', what: { file, movedTo }, needs: null },
        async ({ db }) => ({ after: { generation: (await loadCurrentGeneration(db)).generation } }),
        (came) => came,
      );
      printResult(JSON.stringify({ Generation: after.generation, MovedTo: movedTo }));
    });
}

/** What to run instead, for a shell and without the password. */
function forPostgres(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  const database = `--dbname='${shown.href.replaceAll("'", '%27')}'`;
  return [
    'The database is PostgreSQL, which is backed up and restored by programs of its own; after a restore run store renew-generation.',
    `pg_dump --format=custom --file=FILE ${database}`,
    `pg_restore --clean --if-exists ${database} FILE`,
    'With Citus run both at its coordinator; distribute the restored tables with deploy/cluster/distribute.sql before a service starts.',
  ].join('\n');
}
