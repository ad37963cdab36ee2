import { resolve } from 'node:path';
import {
  type CheckRecordTables,
  createRecordStore,
  PLATFORM_DEADLINE,
  recordJson,
  type SalvagedFile,
} from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printResult } from '@ticket-check/runtime';
import { type DataSettings, loadOrCreateKey, type Store, sqliteUrl, withTables } from '@ticket-check/storage';
import { type Command, Option } from 'commander';
import { listCommand, operationCommand, parsedBy } from '../declared/commands.ts';
import { cinemaFilter } from '../declared/list.ts';
import { doubleEntries, recordCount, sinceFilter, undoneEntries } from './declared-records.ts';
import { judgeAllAgain, resendDelivered, retryRefused, stoppedRecords, suspiciousRecords } from './stopped-records.ts';

type RecordCommands<DB> = { readonly store: CommandStore<DB>; readonly now: Clock };

/**
 * Adds `list` and `count` to the `records` of a service: lines of JSON on standard output. `list` is no declared list: it prints codes, of
 * all dates, where screens ask for `records` of some.
 */
export function listRecordCommands<DB extends CheckRecordTables>(
  records: Command,
  { store, now }: RecordCommands<DB>,
): void {
  records
    .command('list')
    .description('list records as JSON lines, oldest check first')
    .addOption(parsedBy(new Option('--cinema <code>', 'only of one cinema'), cinemaFilter))
    .addOption(parsedBy(new Option('--since <time>', sinceFilter.description), sinceFilter))
    .action(({ cinema: cinemaCode, since }: { cinema?: CinemaCode; since?: WallClock }) =>
      store.look({ name: 'records list', what: { cinemaCode, since } }, async (opened, print) => {
        const { list } = createRecordStore(withTables(opened));
        for await (const record of list({ cinemaCode, since })) print(recordJson(record));
      }),
    );

  listCommand(records, recordCount, {
    ...{ store, command: 'count', description: 'print how many records there are' },
    source: (opened) => ({ store: withTables<DB, CheckRecordTables>(opened), now }),
  });
}

export type OutboundRecordCommands<DB> = RecordCommands<DB> & {
  /** Whom the records are sent to, in the words of the help texts. */
  upstream: string;
  settings: () => DataSettings;
  /** Takes back what can be read of the damaged database at `path`, which was written with `key`. */
  salvage(store: Store<DB>, path: string, key: string): Promise<SalvagedFile>;
};

/** Adds `records list`, `count`, `parked`, `retry`, `resend` and `salvage`: lines of JSON on standard output. Readings R4, X4. */
export function outboundRecordCommands<DB extends CheckRecordTables>(
  records: Command,
  parts: OutboundRecordCommands<DB>,
): void {
  const { upstream, settings, store, now, salvage } = parts;
  listRecordCommands(records, parts);

  stoppedCommand(records, parts, 'parked', `list records that ${upstream} refused`);

  operationCommand(records, retryRefused, { store, now });

  operationCommand(records, resendDelivered, { store, now });

  records
    // By hand: it reads a file of the machine.
    .command('salvage')
    .argument('<file>', 'a damaged SQLite database, not the one in use')
    .description('recover and send what a damaged database still holds')
    .action(async (file: string) => {
      const { DATABASE_URL, DATABASE_KEY_FILE } = settings();
      const path = resolve(file);
      if (sqliteUrl(path) === DATABASE_URL) {
        throw new ExpectedError(`The file ${path} is the database in use; salvage reads only others.`);
      }
      const { found, kept, reversals } = await store.change(
        { name: 'records salvage', what: { file: path }, needs: 'service.manage', inParts: true },
        (opened) => salvage(opened, path, loadOrCreateKey(DATABASE_KEY_FILE)),
        (salvaged) => salvaged,
      );
      const Reversals = { Found: reversals.found, Kept: reversals.kept };
      printResult(JSON.stringify({ Found: found, Kept: kept, Reversals }));
    });
}

const STOPPED = {
  parked: { zh: '被拒收记录', en: 'Parked records' },
  quarantined: { zh: '隔离记录', en: 'Quarantined records' },
} as const;

function stoppedCommand<DB extends CheckRecordTables>(
  records: Command,
  { store, now }: RecordCommands<DB>,
  kind: 'parked' | 'quarantined',
  description: string,
): void {
  listCommand(records, stoppedRecords, {
    ...{ store, command: kind, description, title: STOPPED[kind], fixed: { kind } },
    source: (opened) => ({ store: withTables<DB, CheckRecordTables>(opened), deadline: PLATFORM_DEADLINE, now }),
  });
}

/** Adds `records undone`: undone entries, which count above until the platform there knows. Reading R9. */
export function undoneCommand<DB extends CheckRecordTables>(
  records: Command,
  { upstream, store }: { upstream: string; store: CommandStore<DB> },
): void {
  listCommand(records, undoneEntries, {
    ...{ store, command: 'undone', description: `list undone entries and whether ${upstream} knows` },
    source: (opened) => withTables<DB, CheckRecordTables>(opened),
  });
}

/** Adds `doubles`, `quarantined`, `suspicious` and `judge-again` to the `records` of a platform: lines of JSON on standard output. Readings R3, R7, R8. */
export function receivedRecordCommands<DB extends CheckRecordTables>(
  records: Command,
  { now, store }: RecordCommands<DB>,
): void {
  listCommand(records, doubleEntries, {
    // A command only: it reads a whole day at once, and prints codes.
    ...{ store, now, command: 'doubles', description: 'list the records of tickets entered more than once' },
    source: (opened) => ({ store: withTables<DB, CheckRecordTables>(opened), now }),
  });

  stoppedCommand(records, { now, store }, 'quarantined', 'list quarantined records and why');

  listCommand(records, suspiciousRecords, {
    store,
    source: (opened) => withTables<DB, CheckRecordTables>(opened),
    command: 'suspicious',
    description: 'count records by account that are probably in UTC or fen',
  });

  operationCommand(records, judgeAllAgain, { store, now });
}
