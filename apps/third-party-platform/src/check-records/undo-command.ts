import { recordIdArgument } from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import { type RecordId, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import type { ThirdPartyTables } from '../migrations.ts';
import { type StandingRecord, standingRecords, undoRecord } from './undo-record.ts';

const NOT_STANDING =
  'No such record stands as an entry: it was undone before (`records undone`), is kept in quarantine, or is not here.';

/** Adds `records undo`, for an entry whose terminal can no longer undo it. Reading R9. */
export function undoCommand(
  records: Command,
  { store, now }: { store: CommandStore<ThirdPartyTables>; now: Clock },
): void {
  records
    .command('undo')
    .description('undo an entry that its terminal cannot undo itself')
    .addArgument(recordIdArgument('RecordId of a check record, see `records list`'))
    .requiredOption('--reason <text>', 'why, for the audit')
    .option('--yes', 'do not ask for the RecordId (for scripts)')
    .action(async (recordId: RecordId, { reason, yes }: { reason: string; yes?: true }) => {
      const found = await store.read((opened) => standing(opened, recordId));
      const asked = {
        name: 'records undo',
        what: { reason, recordId },
        needs: 'entries.undo',
        cinemaCodes: found.map(({ cinemaCode }) => cinemaCode),
      } as const;
      const says = async () => whatUndoingDoes(found);
      if (!(await store.confirm(asked, { name: recordId, yes, needsYes: 'to-do-more-than-say', says }))) return;
      const undone = await store.change(
        asked,
        async (opened) => {
          const still = await standing(opened, recordId);
          for (const record of still) {
            await undoRecord(opened, record, { recordId: uuidv7() as RecordId, at: wallClockAt(now()) });
          }
          return still;
        },
        (records) => ({ before: { records: records.map(recordJson) } }),
      );
      for (const record of undone) printResult(JSON.stringify(recordJson(record)));
      printNotice('Undone: the ticket may be used again at other terminals.');
    });
}

function whatUndoingDoes(found: readonly StandingRecord[]): string {
  const entries = found.map(
    ({ filmTicketCode, cinemaCode, account, checkTime }) =>
      `the ticket ${filmTicketCode} of the cinema ${cinemaCode}, by ${account} at ${checkTime}`,
  );
  return `Entries to be undone: ${found.length}: ${entries.join('; ')}. The ticket may be used again at other terminals, and the platform above learns that nobody went in.`;
}

async function standing(store: Store<ThirdPartyTables>, recordId: RecordId): Promise<StandingRecord[]> {
  const found = await standingRecords(store, recordId);
  if (found.length === 0) throw new ExpectedError(NOT_STANDING);
  return found;
}

function recordJson({ recordId, cinemaCode, filmTicketCode, startTime, checkTime, account }: StandingRecord) {
  return {
    RecordId: recordId,
    CinemaCode: cinemaCode,
    FilmTicketCode: filmTicketCode,
    StartTime: startTime,
    CheckTime: checkTime,
    Account: account,
  };
}
