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
import { ticketText } from '../tables/keys.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { isUndone } from '../tables/reversal-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { isDouble, loadFirstEntries, OF_THE_TICKET } from './entry-records.ts';

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
      const doubled = store.db
        .selectFrom('checkRecord as given')
        .select(['given.startTime', 'given.cinemaCode', 'given.filmTicketCode'])
        .distinct()
        .where('given.checkTime', '>=', from)
        .where('given.checkTime', '<', until)
        .where('given.quarantine', 'is', null)
        .where(sql<boolean>`not ${isUndone('given')} and ${isDouble} = 1`)
        .$if(cinemaCode !== undefined, (query) => query.where('given.cinemaCode', '=', cinemaCode ?? ''));
      const rows = await store.db
        .selectFrom(doubled.as('given'))
        .innerJoin('checkRecord as c', (join) => join.on(sql<boolean>`${OF_THE_TICKET}`))
        .selectAll('c')
        .orderBy('c.checkTime')
        .orderBy('c.recordId')
        .orderBy('c.identity')
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
