import type { ParkedRecord, RecordStore } from '@ticket-check/check-records';
import { printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';

/** Adds `records parked` and `records retry`. `withRecords` opens the store for the time of one command. */
export function recordCommands(
  program: Command,
  withRecords: (run: (records: RecordStore) => Promise<void>) => Promise<void>,
): void {
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
