import { resolve } from 'node:path';
import {
  type CheckRecordTables,
  createReversals,
  type ParkedRecord,
  type SalvagedFile,
} from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import { ExpectedError, printResult } from '@ticket-check/runtime';
import { type DataSettings, loadOrCreateKey, type Store, sqliteUrl, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { cinemaOption, sinceOption } from './command-options.ts';
import { listRecordCommands, type RecordCommands } from './list-commands.ts';

export type OutboundRecordCommands<DB> = RecordCommands<DB> & {
  /** Whom the records are sent to, in the words of the help texts. */
  upstream: string;
  settings: () => DataSettings;
  store: CommandStore<DB>;
  /** Takes back what can be read of the damaged database at `path`, which was written with `key`. */
  salvage(store: Store<DB>, path: string, key: string): Promise<SalvagedFile>;
};

/**
 * Adds `records list`, `count`, `parked`, `retry`, `resend` and `salvage` to `records`: lines of JSON on standard output. Readings
 * R4, X4.
 */
export function outboundRecordCommands<DB extends CheckRecordTables>(
  records: Command,
  parts: OutboundRecordCommands<DB>,
): void {
  const { upstream, settings, store, recordsOf, salvage } = parts;
  listRecordCommands(records, { store, recordsOf });

  records
    .command('parked')
    .description(`list records that ${upstream} refused`)
    .action(() =>
      store.look({ name: 'records parked', what: {} }, async (opened, print) => {
        for (const parked of await recordsOf(opened).outbox.listParked()) print(parkedJson(parked));
      }),
    );

  records
    .command('retry')
    .description('retry parked records at once and print how many')
    .addOption(cinemaOption())
    .action(async ({ cinema }: { cinema?: CinemaCode }) => {
      const filter = cinema === undefined ? {} : { cinemaCode: cinema };
      const retried = await store.change(
        { name: 'records retry', what: filter, needs: 'records.resolve', cinemaCodes: cinema && [cinema] },
        (opened) => recordsOf(opened).outbox.retryParked(filter),
        (count) => ({ retried: count }),
      );
      printResult(JSON.stringify({ Retried: retried }));
    });

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

function parkedJson({ record, parkedAt, nextAttemptAt, attempts, errorCode, errorMessage }: ParkedRecord) {
  return {
    RecordId: record.recordId,
    CinemaCode: record.cinemaCode,
    FilmTicketCode: record.filmTicketCode,
    StartTime: record.startTime,
    CheckTime: record.checkTime,
    ParkedAt: parkedAt,
    NextAttemptAt: nextAttemptAt,
    Attempts: attempts,
    ErrorCode: errorCode,
    ErrorMessage: errorMessage,
  };
}
