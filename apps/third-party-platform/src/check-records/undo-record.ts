import { recordIdArgument } from '@ticket-check/admin';
import {
  createReversals,
  type ReceivedReversal,
  selectEntries,
  type UndoInSameTransaction,
} from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import { type RecordId, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import { freeingUndone } from '../claims/claim-store.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import type { ThirdPartyTables } from '../database.ts';
import type { ETicketTables } from '../e-tickets/e-ticket-tables.ts';
import { forgettingUndone } from '../e-tickets/verify-e-tickets.ts';

/** Keeps true with a compensating record: its claim is released, and its e-ticket is valid again. Reading R9. */
export function afterUndo(store: Store<KnownTables & ETicketTables>): UndoInSameTransaction {
  const all = [freeingUndone(store), forgettingUndone(store)];
  return async (trx, reversals) => {
    for (const follow of all) await follow(trx, reversals);
  };
}

const NOT_STANDING =
  'No such record stands as an entry: it was undone before (`records undone`), is kept in quarantine, or is not here.';

/** A check record that counts as an entry. */
type StandingRecord = Omit<ReceivedReversal, 'recordId' | 'reverses' | 'reversedAt' | 'receivedAt'> & {
  readonly recordId: RecordId;
};

/**
 * Adds `records undo`: undoes an entry in the name of its account, for a supervisor whose terminal can no longer undo it. The
 * terminal that made it does not learn of that. Reading R9.
 */
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
      const found = await store.read((opened) => standingRecords(opened, recordId));
      if (found.length === 0) throw new ExpectedError(NOT_STANDING);
      const asked = {
        name: 'records undo',
        what: { reason, recordId },
        needs: 'entries.undo',
        cinemaCodes: found.map(({ cinemaCode }) => cinemaCode),
      } as const;
      const says = async () => whatUndoingDoes(found);
      if (!(await store.confirm(asked, { name: recordId, yes, needsYes: 'to-do-more-than-say', says }))) return;
      await store.change(
        asked,
        (opened) => undo(opened, found, now),
        () => ({ before: { records: found.map(recordJson) } }),
      );
      for (const record of found) printResult(JSON.stringify(recordJson(record)));
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

/** The records under a RecordId that count as entries, mostly one. */
async function standingRecords(store: Store<ThirdPartyTables>, recordId: RecordId): Promise<StandingRecord[]> {
  const rows = await selectEntries(withTables(store.db))
    .select(['recordId', 'cinemaCode', 'filmTicketCode', 'startTime', 'ticketInfoCode', 'checkTime', 'account'])
    .where('recordId', '=', recordId)
    .execute();
  // Rows are written from records only, so their texts are known to be in form.
  return rows as unknown as StandingRecord[];
}

/** Run as an operation. What was undone meanwhile stays as it is. */
async function undo(store: Store<ThirdPartyTables>, found: readonly StandingRecord[], now: Clock): Promise<void> {
  const reversals = createReversals(store, { inSameTransaction: afterUndo(store) });
  const at = wallClockAt(now());
  const undone = found.map(({ recordId, ...record }) => ({
    ...record,
    recordId: uuidv7() as RecordId,
    reverses: recordId,
    reversedAt: at,
    receivedAt: at,
  }));
  // A supervisor is bound by no number.
  await reversals.keep(undone, { maxOfTicket: Number.POSITIVE_INFINITY, forward: true });
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
