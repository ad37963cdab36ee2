import { resolve } from 'node:path';
import {
  type CheckRecordTables,
  createReversals,
  PLATFORM_DEADLINE,
  type RecordStore,
  recordJson,
  type SalvagedFile,
} from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import {
  type BusinessDate,
  businessDate,
  type CinemaCode,
  parseCinemaCode,
  parseWallClock,
  parseWholeDay,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, ExpectedError, printResult } from '@ticket-check/runtime';
import { type DataSettings, loadOrCreateKey, type Store, sqliteUrl, withTables } from '@ticket-check/storage';
import { type Command, Option } from 'commander';
import { textOf } from '../asked.ts';
import { listCommand, operationCommand, parsedBy } from '../declared/commands.ts';
import { undoneEntries } from './declared-records.ts';
import { judgeAllAgain, retryRefused, stoppedRecords, suspiciousRecords } from './stopped-records.ts';

type RecordCommands<DB> = {
  readonly store: CommandStore<DB>;
  recordsOf(store: Store<DB>): RecordStore;
};

type Filter = { cinema?: CinemaCode; since?: WallClock };

/** Adds `list` and `count` to the `records` of a service: lines of JSON on standard output. */
export function listRecordCommands<DB>(records: Command, { store, recordsOf }: RecordCommands<DB>): void {
  const command = (name: string) =>
    records.command(name).addOption(cinemaOption()).addOption(sinceOption('only those checked at this time or later'));

  command('list')
    .description('list records as JSON lines, oldest check first')
    .action(({ cinema: cinemaCode, since }: Filter) =>
      store.look({ name: 'records list', what: { cinemaCode, since } }, async (opened, print) => {
        for await (const record of recordsOf(opened).list({ cinemaCode, since })) print(recordJson(record));
      }),
    );

  command('count')
    .description('print how many records there are')
    .action(({ cinema: cinemaCode, since }: Filter) =>
      store.look({ name: 'records count', what: { cinemaCode, since } }, async (opened, print) => {
        const { records: all, entries, quarantined } = await recordsOf(opened).count({ cinemaCode, since });
        print({ Records: all, Entries: entries, Quarantined: quarantined });
      }),
    );
}

export type OutboundRecordCommands<DB> = RecordCommands<DB> & {
  now: Clock;
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
  const { upstream, settings, store, now, recordsOf, salvage } = parts;
  listRecordCommands(records, parts);

  stoppedCommand(records, parts, 'parked', `list records that ${upstream} refused`);

  operationCommand(records, retryRefused, { store, now });

  records
    .command('resend')
    .description(`send again what ${upstream} has lost since a time`)
    .addOption(sinceOption('delivered at this time or later').makeOptionMandatory())
    .action(async ({ since }: { since: WallClock }) => {
      const resent = await store.changeInParts(
        { name: 'records resend', what: { since }, needs: 'service.manage' },
        async (opened) => {
          // First: none of the records is an entry up there that was undone.
          const reversals = await createReversals(withTables(opened)).resendSince(since);
          return { records: await recordsOf(opened).outbox.resendSince(since), reversals };
        },
        ({ records: count, reversals }) => ({ resent: count, reversals }),
      );
      printResult(JSON.stringify({ Resent: resent.records, Reversals: resent.reversals }));
    });

  records
    .command('salvage')
    .argument('<file>', 'a damaged SQLite database, not the one in use')
    .description('recover and send what a damaged database still holds')
    .action(async (file: string) => {
      const { DATABASE_URL, DATABASE_KEY_FILE } = settings();
      const path = resolve(file);
      if (sqliteUrl(path) === DATABASE_URL) {
        throw new ExpectedError(`The file ${path} is the database in use; salvage reads only others.`);
      }
      const { found, kept, reversals } = await store.changeInParts(
        { name: 'records salvage', what: { file: path }, needs: 'service.manage' },
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
  { store, now }: { store: CommandStore<DB>; now: Clock },
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
  { now, store, recordsOf }: RecordCommands<DB> & { now: Clock },
): void {
  records
    .command('doubles')
    .description('list the records of tickets entered more than once')
    .addOption(cinemaOption())
    .addOption(
      parsedBy(
        new Option('--date <day>', 'the business date of at least one of its entries, YYYY-MM-DD; today by default'),
        textOf(parseWholeDay),
      ),
    )
    .action(({ cinema, date = businessDate(wallClockAt(now())) }: Filter & { date?: BusinessDate }) =>
      store.look({ name: 'records doubles', what: { cinemaCode: cinema, date } }, async (opened, print) => {
        for (const entries of await recordsOf(opened).doubles(date, cinema)) {
          for (const [place, entry] of entries.entries())
            print(recordJson({ ...entry, first: place === 0, undone: null }));
        }
      }),
    );

  stoppedCommand(records, { now, store }, 'quarantined', 'list quarantined records and why');

  listCommand(records, suspiciousRecords, {
    store,
    source: (opened) => withTables<DB, CheckRecordTables>(opened),
    command: 'suspicious',
    description: 'count records by account that are probably in UTC or fen',
  });

  operationCommand(records, judgeAllAgain, { store, now });
}

const cinemaOption = () => parsedBy(new Option('--cinema <code>', 'only of one cinema'), textOf(parseCinemaCode));

const sinceOption = (description: string) =>
  parsedBy(new Option('--since <time>', `${description}, YYYY-MM-DDThh:mm:ss`), textOf(parseWallClock));
