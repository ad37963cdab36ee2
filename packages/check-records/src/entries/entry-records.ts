import { type BusinessDate, businessDay, type TicketIdentity } from '@ticket-check/protocol';
import { acrossCinemas, byCinema, lookUp, queryOverRows } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import {
  type AskedCinemas,
  haveSameTicket,
  isOfCinemas,
  placeIn,
  type RecordKey,
  TICKET_COLUMNS,
  type TicketKey,
  ticketText,
} from '../tables/keys.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { isUndone } from '../tables/reversal-rows.ts';
import type { CheckRecordRow, CheckRecordTables, Database, OwnStore } from '../tables/tables.ts';

const ENTRY = [
  ...(['startTime', 'cinemaCode', 'filmTicketCode', 'recordId', 'checkTime', 'screenCode'] as const),
  ...(['account', 'receivedAt', 'identity'] as const),
] as const;

export type EntryRecord = Pick<ReceivedRecord, Exclude<(typeof ENTRY)[number], 'identity'>>;

type StoredEntryRecord = EntryRecord & RecordKey;

type FirstEntry = StoredEntryRecord & { readonly isDouble: number };

/** Of each ticket, the first entry under the RecordId given with it and the first under any other. */
export async function loadEntriesBeside(
  database: Database,
  asked: readonly (TicketKey & { readonly recordId: string })[],
): Promise<StoredEntryRecord[]> {
  const { store } = database;
  const found: StoredEntryRecord[] = [];
  for (const ofCinema of byCinema(store, asked)) {
    const given = store.rowsAsTable(ofCinema, { ...TICKET_COLUMNS, recordId: 'text' });
    const own = firstRecords(database, given, sql`${BY_RECORD_ID[store.engine]} and c.record_id = given.record_id`);
    const others = firstRecords(database, given, sql`${OF_THE_TICKET} and c.record_id <> given.record_id`);
    found.push(...((await own.unionAll(others).execute()) as StoredEntryRecord[]));
  }
  return found;
}

/** Of a ticket that a query has as `given`: whether a record, `c`, is one of its entries. */
const OF_THE_TICKET = sql`${haveSameTicket('c', 'given')} and c.quarantine is null and not ${isUndone('c')}`;

/** The same where the RecordId is known. The plus keeps SQLite from the index with all entries of the ticket. */
const BY_RECORD_ID = {
  sqlite: sql`+c.start_time = given.start_time and c.cinema_code = given.cinema_code
    and c.film_ticket_code = given.film_ticket_code and c.quarantine is null and not ${isUndone('c')}`,
  postgres: OF_THE_TICKET,
} as const;

/** Of a ticket that a query has as `given`: 1 where it was entered more than once, by these records. */
export const isDoubleAmong = (records: RawBuilder<unknown>) => sql<number>`(
  select count(*) - 1 from (select 1 from ${records} c where ${OF_THE_TICKET} limit 2) as entry
)`;

export const doublesAmong = (records: RawBuilder<unknown>) => sql`(
  select ${TICKET} from ${records} c where c.quarantine is null and not ${isUndone('c')} group by ${TICKET} having count(*) > 1
)`;
const TICKET = sql`start_time, cinema_code, film_ticket_code`;

/** Of a ticket that a query has as `given`: 1 where it was entered more than once. */
export const isDouble = isDoubleAmong(sql`check_record`);

/** Of an entry that a query has as `given`: whether its ticket has another. Citus runs it over all cinemas, but no count of a derived table. */
const hasOtherEntry = sql<boolean>`exists (
  select 1 from check_record c
  where ${OF_THE_TICKET} and (c.record_id, c.identity) <> (given.record_id, given.identity)
)`;

/** Of a ticket that a query has as `given`: whether it was entered. */
export const isEntered = sql<boolean>`exists (select 1 from check_record c where ${OF_THE_TICKET})`;

/** The first entry of each of these tickets, each given once; of a ticket with any number no others are read. R7. */
export const firstEntries = queryOverRows<CheckRecordTables, TicketKey, FirstEntry>(TICKET_COLUMNS, (database, given) =>
  firstRecords(database, given, OF_THE_TICKET)
    .select(database.store.engine === 'sqlite' ? isDouble.as('isDouble') : 'first.isDouble')
    .$castTo<FirstEntry>(),
);

/** The first record of each ticket among the records, `c`, that match; SQLite reads only this one, PostgreSQL counts them as well. */
function firstRecords({ db, store }: Database, given: RawBuilder<unknown>, which: RawBuilder<unknown>) {
  const first = (columns: RawBuilder<unknown>) => sql`(
    select ${columns} from check_record c where ${which} order by c.check_time, c.record_id, c.identity limit 1
  )`;
  const isSqlite = store.engine === 'sqlite';
  const its = sql.join(ENTRY.map((column) => sql.ref(`c.${column}`)));
  const records = isSqlite
    ? sql`check_record`
    : sql`lateral ${first(sql`${its}, least(count(*) over (), 2) - 1 as is_double`)}`;
  return db
    .selectFrom(given.as('given'))
    .innerJoin((records as RawBuilder<StoredEntryRecord & { isDouble: number }>).as('first'), (join) =>
      join.on(isSqlite ? sql<boolean>`first.rowid = ${first(sql`c.rowid`)}` : sql<boolean>`true`),
    )
    .select(ENTRY.map((column) => `first.${column}` as const));
}

/** All entries of these tickets, which must be distinct, the first ones first: a ticket has some hundred at most. Reading R7. */
export async function loadEntries(database: Database, tickets: readonly TicketKey[]): Promise<ReceivedRecord[]> {
  return (await entriesInOrder.ask(database, tickets)).map(recordOf);
}

const entriesInOrder = queryOverRows<CheckRecordTables, TicketKey, CheckRecordRow>(TICKET_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('checkRecord as c', (join) => join.on(sql<boolean>`${OF_THE_TICKET}`))
    .selectAll('c')
    .orderBy(placeIn('c')),
);

export function createEntries(store: OwnStore) {
  const load = lookUp(store, firstEntries, ticketText);
  async function entryOf(ticket: TicketIdentity) {
    const [first] = await load(ticket);
    return first === undefined ? null : { ...first, isDouble: first.isDouble === 1 };
  }

  return {
    /** The first entry of each ticket, and whether another record of it counts too; null if a ticket has none. Reading R7. */
    entriesOf: (tickets: readonly TicketIdentity[]) => Promise.all(tickets.map(entryOf)),

    /** All entries of each ticket with several, one of them on this date; the first one first. Readings R7, R8. */
    async doubles(date: BusinessDate, cinemas?: AskedCinemas): Promise<ReceivedRecord[][]> {
      const { from, until } = businessDay(date);
      const { rows: tickets } = await sql<TicketKey>`
        select distinct ${acrossCinemas('report')} given.start_time, given.cinema_code, given.film_ticket_code
        from check_record as given
        where given.check_time >= ${from} and given.check_time < ${until} and given.quarantine is null
          and not ${isUndone('given')} and ${hasOtherEntry} and ${isOfCinemas(cinemas, sql`given.cinema_code`)}
      `.execute(store.db);
      const entries = await loadEntries({ db: store.db, store }, tickets);
      return [...Map.groupBy(entries, ticketText).values()];
    },
  };
}
