import { resolve } from 'node:path';
import { type ParkedRecord, type RecordStore, salvageRecords } from '@ticket-check/check-records';
import { parseWallClock, type WallClock } from '@ticket-check/protocol';
import { CommandFailure, printResult } from '@ticket-check/runtime';
import { loadOrCreateKey, salvageRows, sqliteUrl } from '@ticket-check/storage';
import { type Command, InvalidArgumentError } from 'commander';
import type { ThirdPartySettings } from '../config.ts';

/** Adds `records parked`, `retry`, `resend` and `salvage`. `withRecords` opens the store for the time of one command. */
export function recordCommands(
  program: Command,
  parts: {
    settings: () => ThirdPartySettings;
    withRecords: (run: (records: RecordStore) => Promise<void>) => Promise<void>;
  },
): void {
  const { settings, withRecords } = parts;
  const records = program.command('records').description('check records on their way to the national platform');

  records
    .command('parked')
    .description('print every record that the national platform refused, one JSON object a line')
    .action(() =>
      withRecords(async ({ outbox }) => {
        for (const parked of await outbox.listParked()) printResult(JSON.stringify(parkedJson(parked)));
      }),
    );

  records
    .command('retry')
    .description('make parked records due at once, also for the running service, and print how many')
    .action(() =>
      withRecords(async ({ outbox }) => printResult(JSON.stringify({ Retried: await outbox.retryParked() }))),
    );

  records
    .command('resend')
    .description('send again what was delivered since a time, for a national platform that has lost it')
    .requiredOption('--since <time>', 'delivered at this time or later, YYYY-MM-DDThh:mm:ss', wallClock)
    .action(({ since }: { since: WallClock }) =>
      withRecords(async ({ outbox }) => {
        printResult(JSON.stringify({ Resent: await outbox.resendSince(since) }));
      }),
    );

  records
    .command('salvage')
    .argument('<file>', 'an SQLite database of this platform that is damaged and out of use')
    .description('keep the check records that can be read of a damaged database, and send them')
    .action(async (file: string) => {
      const { DATABASE_URL, DATABASE_KEY_FILE } = settings();
      const path = resolve(file);
      if (sqliteUrl(path) === DATABASE_URL) {
        throw new CommandFailure(`The file ${path} is the database in use; salvage is for one that is out of use.`);
      }
      await withRecords(async (recordStore) => {
        const { found, kept, conflicts } = await salvageRecords(
          salvageRows(path, loadOrCreateKey(DATABASE_KEY_FILE)),
          (batch) => recordStore.keep(batch, { forward: true }),
        );
        printResult(JSON.stringify({ Found: found, Kept: kept, Conflicts: conflicts }));
      });
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

function wallClock(text: string): WallClock {
  try {
    return parseWallClock(text);
  } catch {
    throw new InvalidArgumentError('A time has the form YYYY-MM-DDThh:mm:ss.');
  }
}
