import { resolve } from 'node:path';
import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import { ExpectedError, printResult } from '@ticket-check/runtime';
import { type DataSettings, loadOrCreateKey, sqliteUrl } from '@ticket-check/storage';
import type { Command } from 'commander';
import { cinemaOption, sinceOption } from './command-options.ts';
import { listRecordCommands } from './list-commands.ts';
import type { ParkedRecord } from './outbox.ts';
import type { RecordStore } from './record-store.ts';
import type { Salvaged } from './salvage.ts';

export type OutboundRecordCommands = {
  /** Whom the records are sent to, in the words of the help texts. */
  upstream: string;
  settings: () => DataSettings;
  /** Opens the store for the time of one command. */
  withRecords: (run: (records: RecordStore) => Promise<void>) => Promise<void>;
  /** Takes back what can be read of the damaged database at `path`, which was written with `key`. */
  salvage: (path: string, key: string) => Promise<Salvaged>;
};

/**
 * Adds `records list`, `count`, `parked`, `retry`, `resend` and `salvage`: lines of JSON on standard output. Answers `records`, for what a
 * service has beside. Readings R4, X4.
 */
export function outboundRecordCommands(program: Command, parts: OutboundRecordCommands): Command {
  const { upstream, settings, withRecords, salvage } = parts;
  const records = program.command('records').description(`check records, which go on to ${upstream}`);
  listRecordCommands(records, { withRecords });

  records
    .command('parked')
    .description(`print every record that ${upstream} refused, one JSON object a line`)
    .action(() =>
      withRecords(async ({ outbox }) => {
        for (const parked of await outbox.listParked()) printResult(JSON.stringify(parkedJson(parked)));
      }),
    );

  records
    .command('retry')
    .description('make parked records due at once, also for the running service, and print how many')
    .addOption(cinemaOption())
    .action(({ cinema }: { cinema?: CinemaCode }) =>
      withRecords(async ({ outbox }) => {
        const filter = cinema === undefined ? {} : { cinemaCode: cinema };
        printResult(JSON.stringify({ Retried: await outbox.retryParked(filter) }));
      }),
    );

  records
    .command('resend')
    .description(`send again what was delivered since a time, for ${upstream} that has lost it`)
    .addOption(sinceOption('delivered at this time or later').makeOptionMandatory())
    .action(({ since }: { since: WallClock }) =>
      withRecords(async ({ outbox }) => printResult(JSON.stringify({ Resent: await outbox.resendSince(since) }))),
    );

  records
    .command('salvage')
    .argument('<file>', 'a damaged SQLite database that is out of use')
    .description('take back what can be read of a damaged database, and send its check records')
    .action(async (file: string) => {
      const { DATABASE_URL, DATABASE_KEY_FILE } = settings();
      const path = resolve(file);
      if (sqliteUrl(path) === DATABASE_URL) {
        throw new ExpectedError(`The file ${path} is the database in use; salvage is for one that is out of use.`);
      }
      const { found, kept } = await salvage(path, loadOrCreateKey(DATABASE_KEY_FILE));
      printResult(JSON.stringify({ Found: found, Kept: kept }));
    });
  return records;
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
