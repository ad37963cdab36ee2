import { asked, operation, operationCommand, textOf } from '@ticket-check/admin';
import { createReversals, type ReceivedReversal, selectEntries } from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import { elementsJson, parseRecordId, type RecordId } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { ThirdPartyTables } from '../database.ts';
import { afterUndo } from './follow-records.ts';

type StandingRecord = Omit<ReceivedReversal, 'recordId' | 'reverses' | 'reversedAt' | 'receivedAt'> & {
  readonly recordId: RecordId;
};

/**
 * Undoes an entry in the name of its account, for a supervisor whose terminal can no longer undo it. The terminal that made it
 * does not learn of that. Reading R9.
 */
const undoRecord = operation({
  name: 'records undo',
  title: { zh: '撤销检票记录', en: 'Undo a check record' },
  permission: 'entries.undo',
  says: 'undo an entry that its terminal cannot undo itself',
  input: z.strictObject({
    RecordId: asked(textOf(parseRecordId), {
      option: ['<record-id>', 'RecordId of a check record, see `records list`'],
    }),
  }),
  destroys: ({ RecordId }) => RecordId,
  needsReason: true,
  needsPassword: true,
  async cinemasOf({ RecordId }, store: Store<ThirdPartyTables>) {
    const found = await standingRecords(store, RecordId);
    return found.length === 0 ? null : found.map(({ cinemaCode }) => cinemaCode);
  },
  async preview(store, { RecordId }) {
    const found = await standingRecords(store, RecordId);
    const each = found.map(({ filmTicketCode, cinemaCode, account, checkTime }) => ({
      zh: `影院 ${cinemaCode} 的影票 ${filmTicketCode}，${account} 于 ${checkTime}`,
      en: `the ticket ${filmTicketCode} of the cinema ${cinemaCode}, by ${account} at ${checkTime}`,
    }));
    return {
      zh: `将撤销 ${found.length} 次入场：${each.map(({ zh }) => zh).join('；')}。此票可在其他终端再次使用，并告知上级平台观众未入场。`,
      en: `Entries to be undone: ${found.length}: ${each.map(({ en }) => en).join('; ')}. The ticket may be used again at other terminals, and the platform above learns that nobody went in.`,
    };
  },
  async change(store, { RecordId }, { at }) {
    const found = await standingRecords(store, RecordId);
    const undone = found.map(({ recordId, ...record }) => ({
      ...record,
      recordId: uuidv7() as RecordId,
      reverses: recordId,
      reversedAt: at,
      receivedAt: at,
    }));
    const reversals = createReversals(store, { inSameTransaction: afterUndo(store) });
    // A supervisor is bound by no number.
    await reversals.keep(undone, { maxOfTicket: Number.POSITIVE_INFINITY, forward: true });
    return found.length === 0 ? null : found.map(recordJson);
  },
  outcome: (records) => ({ before: { records } }),
  gone: {
    status: 404,
    zh: '没有计为入场的该记录：已被撤销、在隔离中，或不在本平台。',
    en: 'No such record stands as an entry: it was undone before (`records undone`), is kept in quarantine, or is not here.',
  },
});

export function undoCommand(
  records: Command,
  { store, now }: { store: CommandStore<ThirdPartyTables>; now: Clock },
): void {
  operationCommand(records, undoRecord, {
    ...{ store, now },
    saysFirst: true,
    done: (undone) => undone,
    notice: 'Undone: the ticket may be used again at other terminals.',
  });
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

const recordJson = (record: StandingRecord) =>
  elementsJson(record, 'RecordId', 'CinemaCode', 'FilmTicketCode', 'StartTime', 'CheckTime', 'Account');
