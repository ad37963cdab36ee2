import { type CheckRecordTables, createReversals } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import type { z } from 'zod';
import { textOf } from '../asked.ts';
import { cinemaFilter, cinemasOf, list } from '../declared/list.ts';
import { UNDONE_ROW } from './rows.ts';

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Error('must be a whole number from 1 to 99999');
  return Number(text);
}

/** Undone entries, that of the last check first, and whether the platform above knows; until it does, the entry counts there. Reading R9. */
export const undoneEntries = list({
  name: 'records/undone',
  rowsName: 'Undone',
  title: { zh: '已撤销的入场', en: 'Undone entries' },
  permission: 'records.read',
  filters: { cinema: cinemaFilter, last: textOf(parseCount).default(1000).describe('at most this many') },
  row: UNDONE_ROW,
  live: 'none',
  audit: { name: 'records undone', unless: () => true },
  async find(store: Store<CheckRecordTables>, { filters, cinemas }) {
    const undone = await createReversals(store).list(filters.last, cinemasOf({ filters, cinemas }));
    const rows = undone.map(
      ({ account, deliveredAt, errorCode, ...one }): z.output<typeof UNDONE_ROW> => ({
        RecordId: one.recordId,
        Reverses: one.reverses,
        CinemaCode: one.cinemaCode,
        FilmTicketCode: one.filmTicketCode,
        StartTime: one.startTime,
        CheckTime: one.checkTime,
        ReversedAt: one.reversedAt,
        ...(account !== '' && { Account: account }),
        Upstream: deliveredAt !== null ? 'DELIVERED' : errorCode === null ? 'WAITING' : 'REFUSED',
        ErrorCode: errorCode,
      }),
    );
    return { rows };
  },
});
