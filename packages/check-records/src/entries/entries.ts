import { type BusinessDate, businessDay, type CinemaCode, type TicketIdentity } from '@ticket-check/protocol';
import { acrossCinemas, coalesce, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { isOfCinemas, onePerTicket, ticketText } from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { isUndone } from '../tables/reversal-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { firstEntries, hasOtherEntry, loadEntries } from './entry-records.ts';

export function createEntries(store: Store<CheckRecordTables>) {
  const load = coalesce(async (asked: (readonly TicketIdentity[])[]) => {
    const found = new Map(
      (await firstEntries.find(store, onePerTicket(asked.flat()))).map(({ isDouble, ...entry }) => [
        ticketText(entry),
        { ...entry, isDouble: isDouble === 1 },
      ]),
    );
    return asked.map((each) => each.map((ticket) => found.get(ticketText(ticket)) ?? null));
  });

  return {
    /**
     * The first entry of each ticket, and whether another record of it counts too; null if a ticket has none. What is
     * asked in one turn is one query. A late record may make another one the first (reading R7).
     */
    entriesOf: async (tickets: readonly TicketIdentity[]) => (tickets.length === 0 ? [] : load(tickets)),

    /** All entries of each ticket with several, one of them on this date; the first one first. Readings R7, R8. */
    async doubles(date: BusinessDate, cinemaCode?: CinemaCode): Promise<ReceivedRecord[][]> {
      const { from, until } = businessDay(date);
      const tickets = await store.db
        .selectFrom('checkRecord as given')
        .modifyFront(acrossCinemas('report'))
        .select(['given.startTime', 'given.cinemaCode', 'given.filmTicketCode'])
        .distinct()
        .where('given.checkTime', '>=', from)
        .where('given.checkTime', '<', until)
        .where('given.quarantine', 'is', null)
        .where(sql<boolean>`not ${isUndone('given')} and ${hasOtherEntry}`)
        .where(isOfCinemas(cinemaCode, sql.ref('given.cinemaCode')))
        .execute();
      const entries = await loadEntries({ db: store.db, store }, tickets);
      return [...Map.groupBy(entries, ticketText).values()];
    },
  };
}
