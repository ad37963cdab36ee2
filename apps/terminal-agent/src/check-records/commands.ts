import { resolve } from 'node:path';
import { createRecordStore } from '@ticket-check/check-records';
import { type CinemaCode, parseCinemaCode, parseWallClock, type WallClock } from '@ticket-check/protocol';
import { CommandFailure, printResult } from '@ticket-check/runtime';
import { loadOrCreateKey, type Store, sqliteUrl } from '@ticket-check/storage';
import { type Command, InvalidArgumentError } from 'commander';
import type { TerminalSettings } from '../config.ts';
import type { TerminalTables } from '../migrations.ts';
import { salvageFile } from './salvage-file.ts';

/** Adds `records parked`, `retry`, `resend` and `salvage`: lines of JSON on standard output. */
export function recordCommands(
  program: Command,
  parts: {
    settings: () => TerminalSettings;
    withStore: (run: (store: Store<TerminalTables>) => Promise<void>) => Promise<void>;
  },
): void {
  const { settings, withStore } = parts;
  const records = program.command('records').description('check records on their way upstream');

  records
    .command('parked')
    .description('print each record that the upstream refused as one line of JSON')
    .action(() => withStore(listParked));

  records
    .command('retry')
    .description('make parked records due at once')
    .option('--cinema <code>', 'only those of one cinema', cinemaCode)
    .action(({ cinema }: { cinema?: CinemaCode }) =>
      withStore(async (store) => {
        const filter = cinema === undefined ? {} : { cinemaCode: cinema };
        printResult(JSON.stringify({ Retried: await createRecordStore(store).outbox.retryParked(filter) }));
      }),
    );

  records
    .command('resend')
    .description('send again what was delivered since a time, for an upstream that has lost it')
    .requiredOption('--since <time>', 'delivered at this time or later, YYYY-MM-DDThh:mm:ss', wallClock)
    .action(({ since }: { since: WallClock }) =>
      withStore(async (store) => {
        printResult(JSON.stringify({ Resent: await createRecordStore(store).outbox.resendSince(since) }));
      }),
    );

  records
    .command('salvage')
    .argument('<file>', 'a database file that was set aside, <file>.corrupt-<time>')
    .description('take back what can be read of a damaged database, and send its check records')
    .action(async (file: string) => {
      const { DATABASE_URL, DATABASE_KEY_FILE } = settings();
      const path = resolve(file);
      if (sqliteUrl(path) === DATABASE_URL) {
        throw new CommandFailure(`The file ${path} is the database in use; salvage is for one that was set aside.`);
      }
      await withStore(async (store) => {
        const { found, kept, conflicts } = await salvageFile(store, path, loadOrCreateKey(DATABASE_KEY_FILE));
        printResult(JSON.stringify({ Found: found, Kept: kept, Conflicts: conflicts }));
      });
    });
}

async function listParked(store: Store<TerminalTables>): Promise<void> {
  const { outbox } = createRecordStore(store);
  for (const { record, parkedAt, nextAttemptAt, attempts, errorCode, errorMessage } of await outbox.listParked()) {
    printResult(
      JSON.stringify({
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
      }),
    );
  }
}

function cinemaCode(text: string): CinemaCode {
  try {
    return parseCinemaCode(text);
  } catch {
    throw new InvalidArgumentError('A cinema code has 8 characters.');
  }
}

function wallClock(text: string): WallClock {
  try {
    return parseWallClock(text);
  } catch {
    throw new InvalidArgumentError('A time has the form YYYY-MM-DDThh:mm:ss.');
  }
}
