import {
  type BusinessDate,
  businessDay,
  type CinemaCode,
  type RecordId,
  type TicketIdentity,
  type WallClock,
} from '@ticket-check/protocol';
import { coalesce, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { isUndone } from '../tables/reversal-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { ticketText } from '../tables/ticket-key.ts';
import { loadFirstEntries } from './entry-records.ts';

/** The first entry of a ticket: of its records that count, the one with the lowest (CheckTime, RecordId). Reading R7. */
type Entry = {
  readonly recordId: RecordId;
  readonly identity: string;
  readonly checkTime: WallClock;
  readonly screenCode: string;
  readonly account: string;
  /** Whether another record of this ticket counts too. */
  readonly isDouble: boolean;
};

/** A ticket that was checked in more than once. */
type DoubleEntry = { readonly ticket: TicketIdentity; readonly entries: readonly ReceivedRecord[] };

export type Entries = {
  /**
   * The first entry of each ticket, in the order asked for; null if a ticket has none. What is asked for in one turn
   * is one query. A record that arrives late may make another one the first (reading R7).
   */
  entriesOf(tickets: readonly TicketIdentity[]): Promise<(Entry | null)[]>;
  /**
   * Tickets with several entries, at least one of them on this business date; each with all its entries, the first one first.
   * Readings R7, R8.
   */
  doubles(date: BusinessDate, cinemaCode?: CinemaCode): Promise<DoubleEntry[]>;
};

export function createEntries(store: Store<CheckRecordTables>): Entries {
  const load = coalesce(async (asked: (readonly TicketIdentity[])[]) => {
    const found = await loadEntries(store, asked.flat());
    return asked.map((tickets) => tickets.map((ticket) => found.get(ticketText(ticket)) ?? null));
  });

  return {
    entriesOf: async (tickets) => (tickets.length === 0 ? [] : load(tickets)),

    async doubles(date, cinemaCode) {
      const { from, until } = businessDay(date);
      const ofTheDay = store.db
        .selectFrom('checkRecord as day')
        .select(['day.startTime', 'day.cinemaCode', 'day.filmTicketCode'])
        .distinct()
        .where('day.checkTime', '>=', from)
        .where('day.checkTime', '<', until)
        .where('day.quarantine', 'is', null)
        .where(sql<boolean>`not ${isUndone('day')}`)
        .$if(cinemaCode !== undefined, (query) => query.where('day.cinemaCode', '=', cinemaCode ?? ''))
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('checkRecord as other')
              .select('other.recordId')
              .whereRef('other.startTime', '=', 'day.startTime')
              .whereRef('other.cinemaCode', '=', 'day.cinemaCode')
              .whereRef('other.filmTicketCode', '=', 'day.filmTicketCode')
              .where(({ or, eb: other }) =>
                or([
                  other('other.recordId', '<>', other.ref('day.recordId')),
                  other('other.identity', '<>', other.ref('day.identity')),
                ]),
              )
              .where('other.quarantine', 'is', null)
              .where(sql<boolean>`not ${isUndone('other')}`),
          ),
        );
      const rows = await store.db
        .selectFrom(ofTheDay.as('ticket'))
        .innerJoin('checkRecord', (join) =>
          join
            .onRef('checkRecord.startTime', '=', 'ticket.startTime')
            .onRef('checkRecord.cinemaCode', '=', 'ticket.cinemaCode')
            .onRef('checkRecord.filmTicketCode', '=', 'ticket.filmTicketCode'),
        )
        .selectAll('checkRecord')
        .where('checkRecord.quarantine', 'is', null)
        .where(sql<boolean>`not ${isUndone('checkRecord')}`)
        .orderBy('checkRecord.checkTime')
        .orderBy('checkRecord.recordId')
        .orderBy('checkRecord.identity')
        .execute();
      const tickets = Map.groupBy(rows.map(recordOf), ticketText);
      return [...tickets.values()].flatMap((entries) =>
        entries[0] ? [{ ticket: identityOf(entries[0]), entries }] : [],
      );
    },
  };
}

async function loadEntries(
  store: Store<CheckRecordTables>,
  tickets: readonly TicketIdentity[],
): Promise<Map<string, Entry>> {
  const asked = [...new Map(tickets.map((ticket) => [ticketText(ticket), ticket])).values()];
  const rows = await loadFirstEntries(store, asked);
  return new Map(
    rows.map(({ recordId, identity, checkTime, screenCode, account, isDouble, ...ticket }) => [
      ticketText(ticket),
      { recordId, identity, checkTime, screenCode, account, isDouble: isDouble === 1 },
    ]),
  );
}

function identityOf({ cinemaCode, filmTicketCode, startTime }: ReceivedRecord): TicketIdentity {
  return { cinemaCode, filmTicketCode, startTime };
}
