import { ProtocolError } from '@ticket-check/protocol';
import type { QueryOverRows, Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { keyText, TICKET_COLUMNS, ticketText } from '../tables/keys.ts';
import { type ReceivedRecord, rowOf } from '../tables/received-record.ts';
import { loadStored } from '../tables/record-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

/** What entries of one ticket are counted by: all of them, or those of one account. */
export const BY_TICKET = TICKET_COLUMNS;
export const BY_ACCOUNT = { ...TICKET_COLUMNS, account: 'text' } as const;

type Columns = typeof BY_TICKET | typeof BY_ACCOUNT;
type Key<C extends Columns> = { readonly [column in keyof C]: string };

/** Builds a query that counts the entries of each key, up to `max`, without reading further. */
export function createEntryCount<C extends Columns>(
  store: Store<CheckRecordTables>,
  columns: C,
  max: number,
): QueryOverRows<Key<C>, Key<C> & { entries: number }> {
  const names = Object.keys(columns) as (keyof typeof BY_ACCOUNT)[];
  const ofTheKey = names.map((name) => sql`${sql.ref(`c.${name}`)} = ${sql.ref(`given.${name}`)}`);
  const entries = sql<number>`(
    select count(*) from (
      select 1 from check_record c where ${sql.join(ofTheKey, sql` and `)} and c.quarantine is null limit ${sql.lit(max)}
    ) as entry
  )`;
  return store.compileForRows(columns, (given) =>
    store.db
      .selectFrom(given.as('given'))
      .selectAll('given')
      .select(entries.as('entries'))
      .$castTo<Key<C> & { entries: number }>(),
  );
}

/**
 * Bounds how many records of one ticket count as entries through one account. Without it, one genuine ticket could be reported
 * under any number of RecordIds. Records beyond the bound are quarantined, never lost. Reading R7.
 */
export type EntryBound = {
  /**
   * Gives the records to `keep`, those that would exceed the bound as quarantined (TOO_MANY_ENTRIES).
   * @throws ProtocolError OVERLOADED if it depends on reports of the same account and ticket that are under way whether there is room.
   */
  within<T>(records: readonly ReceivedRecord[], keep: (records: readonly ReceivedRecord[]) => Promise<T>): Promise<T>;
};

/** Larger batches are looked up in the database's thread, off the event loop. */
const MAX_LOOKED_UP = 32;

/** A ticket with many entries takes some milliseconds: others have the database in between. */
const MAX_COUNTED = 8;

/** An account is named in the log so often at most. */
const ALARM_EVERY_MS = 3_600_000;

/** Exact in one process; each further one that works on the database can let in what it has under way at that moment. */
export function createEntryBound(
  store: Store<CheckRecordTables>,
  { max, logger }: { max: number; logger: Pick<Logger, 'error'> },
): EntryBound {
  /** Records that are being kept, by account and ticket. */
  const underWay = new Map<string, number>();
  const alarmedAt = new Map<string, number>();
  const countOfTickets = createEntryCount(store, BY_TICKET, max);
  const countOfAccounts = createEntryCount(store, BY_ACCOUNT, max);

  /**
   * The records whose account and ticket could come to more than `max`, were all entries of the ticket the account's. An
   * honest ticket has none; nothing else is asked of it.
   */
  async function nearBound(records: readonly ReceivedRecord[], before: Tally, own: Tally) {
    const asked = [...new Map(records.map((record) => [ticketText(record), record])).values()];
    if (asked.length === 0) return [];
    const question = countOfTickets(asked);
    const rows =
      asked.length > MAX_LOOKED_UP ? (await store.db.executeQuery(question)).rows : await store.readCommitted(question);
    const entries = new Map(rows.map((row) => [ticketText(row), row.entries]));
    return records.filter((record) => {
      const key = accountTicketText(record);
      const others = (entries.get(ticketText(record)) ?? 0) + (before.get(key) ?? 0);
      return others + (own.get(key) ?? 0) > max;
    });
  }

  /** The records that do not count here yet: those that do need no room. */
  async function lackingOf(records: readonly ReceivedRecord[]): Promise<ReceivedRecord[]> {
    const stored = await loadStored({ db: store.db, store }, records.map(rowOf));
    return records.filter((record) => stored.get(keyText(rowOf(record)))?.quarantine !== null);
  }

  async function countStored(records: readonly ReceivedRecord[]): Promise<Tally> {
    const asked = [...new Map(records.map((record) => [accountTicketText(record), record])).values()];
    const entries = new Map<string, number>();
    for (let from = 0; from < asked.length; from += MAX_COUNTED) {
      const { rows } = await store.db.executeQuery(countOfAccounts(asked.slice(from, from + MAX_COUNTED)));
      for (const row of rows) entries.set(accountTicketText(row), row.entries);
    }
    return entries;
  }

  /** What is beyond the bound, and whether any of the other records counts from now on that did not before. */
  async function decide(records: readonly ReceivedRecord[], before: Tally) {
    const lacking = await lackingOf(records);
    const entries = await countStored(lacking);
    let surplus = beyond(lacking, entries);
    // A copy may have been kept since.
    if (surplus.size > 0) surplus = beyond(await lackingOf(lacking), entries);
    for (const [key, own] of tally(lacking)) {
      const here = entries.get(key) ?? 0;
      const others = before.get(key) ?? 0;
      if (others > 0 && here < max && here + others + own > max) throw undecided();
    }
    return { surplus, brings: lacking.length > surplus.size };
  }

  function beyond(records: readonly ReceivedRecord[], entries: Tally): Set<ReceivedRecord> {
    const places = new Map<string, number>();
    return new Set(
      records.filter((record) => {
        const key = accountTicketText(record);
        const place = places.get(key) ?? entries.get(key) ?? 0;
        places.set(key, place + 1);
        return place >= max;
      }),
    );
  }

  function alarm({ account, ...record }: ReceivedRecord): void {
    const at = performance.now();
    for (const [before, since] of alarmedAt) if (since <= at - ALARM_EVERY_MS) alarmedAt.delete(before);
    if (alarmedAt.has(account)) return;
    alarmedAt.set(account, at);
    const { cinemaCode, filmTicketCode } = record;
    logger.error(
      { username: account, cinemaCode, filmTicketCode, max },
      'quarantined entries beyond the limit of one ticket',
    );
  }

  /** Counts records as under way; returns what was under way before under the same keys, and what ends that. */
  function enter(own: Tally) {
    const before = new Map([...own.keys()].map((key) => [key, underWay.get(key) ?? 0]));
    let isHere = true;
    for (const [key, count] of own) underWay.set(key, (before.get(key) ?? 0) + count);
    function leave(): void {
      if (!isHere) return;
      isHere = false;
      for (const [key, count] of own) {
        const left = (underWay.get(key) ?? count) - count;
        if (left === 0) underWay.delete(key);
        else underWay.set(key, left);
      }
    }
    return { before, leave };
  }

  return {
    async within(records, keep) {
      const counting = records.filter(({ quarantine }) => quarantine === null);
      const own = tally(counting);
      const { before, leave } = enter(own);
      try {
        const near = await nearBound(counting, before, own);
        if (near.length === 0) return await keep(records);
        const { surplus, brings } = await decide(near, before);
        // A report that comes again leaves its room to others.
        if (!brings && near.length === counting.length) leave();
        for (const record of surplus) alarm(record);
        if (surplus.size === 0) return await keep(records);
        return await keep(
          records.map((record) => (surplus.has(record) ? { ...record, quarantine: 'TOO_MANY_ENTRIES' } : record)),
        );
      } finally {
        leave();
      }
    },
  };
}

type Tally = ReadonlyMap<string, number>;

function undecided(): ProtocolError {
  return new ProtocolError(
    'OVERLOADED',
    'Reports of the same ticket through this account are under way, and it depends on them whether this one counts; send it again.',
  );
}

function tally(records: readonly ReceivedRecord[]): Tally {
  const counts = new Map<string, number>();
  for (const record of records) {
    const key = accountTicketText(record);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** The username comes last, because it may contain a space. */
function accountTicketText(record: Record<keyof typeof BY_ACCOUNT, string>): string {
  return `${ticketText(record)} ${record.account}`;
}
