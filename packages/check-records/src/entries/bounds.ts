import { acrossCinemas, chunksOf, type Query, queryOverRows } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { NearBound } from '../keeping/keep.ts';
import {
  accountTicketText,
  keyOf,
  keyText,
  onePerTicket,
  sameColumns,
  TICKET_COLUMNS,
  ticketText,
} from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { countEntries, loadStored } from '../tables/record-rows.ts';
import type { CheckRecordTables, OwnStore } from '../tables/tables.ts';

type BoundOptions = { readonly max: number; readonly logger: Pick<Logger, 'error'> };

export type EntryBound = ReturnType<typeof createEntryBound>;

/** A ticket with many entries takes some milliseconds: others have the database in between. */
const MAX_COUNTED = 8;

/**
 * Bounds how many records of one ticket count as entries through one account: one genuine ticket could be reported under any number
 * of RecordIds. Those beyond are quarantined. Exact in one process; each further one can let in what it has under way. Reading R7.
 */
export function createEntryBound(store: OwnStore, { max, logger }: BoundOptions) {
  const inTurn = createTurns();
  const isToBeLogged = createHourly();
  const countOfTickets = countingEntries(TICKET_COLUMNS, max);
  const countOfAccounts = countingEntries(BY_ACCOUNT, max);

  /** The records whose account and ticket could come to more than `max`: an honest ticket has none. */
  async function nearBound(records: readonly ReceivedRecord[]): Promise<ReceivedRecord[]> {
    const asked = onePerTicket(records);
    const rows = await countOfTickets.find(store, asked);
    const entries = new Map(rows.map((row) => [ticketText(row), row.entries]));
    const own = Map.groupBy(records, accountTicketText);
    return records.filter(
      (record) => (entries.get(ticketText(record)) ?? 0) + (own.get(accountTicketText(record))?.length ?? 0) > max,
    );
  }

  async function surplusOf(records: readonly ReceivedRecord[]): Promise<Set<ReceivedRecord>> {
    const stored = await loadStored({ db: store.db, store }, records.map(keyOf));
    const lacking = records.filter((record) => stored.get(keyText(keyOf(record)))?.quarantine !== null);
    const asked = [...new Map(lacking.map((record) => [accountTicketText(record), record])).values()];
    const places = new Map<string, number>();
    for (const some of chunksOf(asked, MAX_COUNTED)) {
      const counted = await countOfAccounts.ask({ db: store.db, store }, some);
      for (const row of counted) places.set(accountTicketText(row), row.entries);
    }
    return new Set(
      lacking.filter((record) => {
        const place = places.get(accountTicketText(record)) ?? 0;
        places.set(accountTicketText(record), place + 1);
        return place >= max;
      }),
    );
  }

  function alarm({ account: username, cinemaCode, filmTicketCode }: ReceivedRecord): void {
    const line = { username, cinemaCode, filmTicketCode, max };
    if (isToBeLogged(username)) logger.error(line, 'quarantined entries beyond the limit of one ticket');
  }

  return {
    /** Gives the records to `keep`, those beyond the bound as TOO_MANY_ENTRIES; where it `counts`, with this bound at once. */
    async within<T>(
      records: readonly ReceivedRecord[],
      keep: (records: readonly ReceivedRecord[], maxOfTicket?: number) => Promise<T>,
      { counts = false }: { counts?: boolean } = {},
    ): Promise<T> {
      const counting = records.filter(({ quarantine }) => quarantine === null);
      if (counting.length === 0) return keep(records);
      return inTurn(counting.map(accountTicketText), async () => {
        // A distributed database returns nothing that it has to look up.
        if (counts && store.engine === 'postgres' && !store.isDistributed) {
          try {
            return await keep(records, max);
          } catch (error) {
            if (!(error instanceof NearBound)) throw error;
          }
        }
        const near = await nearBound(counting);
        const surplus = near.length === 0 ? new Set<ReceivedRecord>() : await surplusOf(near);
        if (surplus.size === 0) return keep(records);
        for (const record of surplus) alarm(record);
        return keep(records.map((each) => (surplus.has(each) ? { ...each, quarantine: 'TOO_MANY_ENTRIES' } : each)));
      });
    },
  };
}

const BY_ACCOUNT = { ...TICKET_COLUMNS, account: 'text' } as const;

type Counted = Pick<ReceivedRecord, keyof typeof BY_ACCOUNT>;

/** Counts the entries under the same values of these columns, up to `max`. */
function countingEntries(
  columns: Partial<typeof BY_ACCOUNT>,
  max: number,
): Query<CheckRecordTables, Counted, Counted & { readonly entries: number }> {
  const entries = countEntries(sameColumns(columns)('c', 'given'), max);
  return queryOverRows(columns as typeof BY_ACCOUNT, ({ db }, given) =>
    db
      .selectFrom(given.as('given'))
      .selectAll('given')
      .select(entries.as('entries'))
      .$castTo<Counted & { readonly entries: number }>(),
  );
}

/** Bounds the quarantined records of every account, so that none fills the disk; exact as the bound of entries. Reading R3. */
export function createQuarantineBound(store: OwnStore, { max, logger }: BoundOptions) {
  const inTurn = createTurns();
  const isToBeLogged = createHourly();

  async function withoutRoom(account: string, quarantined: readonly ReceivedRecord[]) {
    const { rows } = await sql<{ n: number }>`
      select ${acrossCinemas('key')} count(*) as n from (
        select 1 from check_record where account = ${account} and quarantine is not null limit ${max}
      ) as quarantined
    `.execute(store.db);
    const room = max - (rows[0]?.n ?? 0);
    if (quarantined.length <= room) return new Set<ReceivedRecord>();
    const known = await loadStored({ db: store.db, store }, quarantined.map(keyOf));
    const full = quarantined.filter((record) => !known.has(keyText(keyOf(record)))).slice(Math.max(0, room));
    if (full.length > 0 && isToBeLogged(account))
      logger.error({ username: account, max }, 'account reached its limit of quarantined records');
    return new Set(full);
  }

  return {
    /** Keeps a report of one account if there is room for what is quarantined; returns the records for which there is none. */
    async within<T>(
      records: readonly ReceivedRecord[],
      keep: () => Promise<T>,
    ): Promise<{ readonly kept: T; readonly full?: undefined } | { readonly full: ReadonlySet<ReceivedRecord> }> {
      const quarantined = records.filter(({ quarantine }) => quarantine !== null);
      const account = quarantined[0]?.account;
      if (account === undefined) return { kept: await keep() };
      return inTurn([account], async () => {
        const full = await withoutRoom(account, quarantined);
        return full.size > 0 ? { full } : { kept: await keep() };
      });
    },
  };
}

/** Runs work after all that came before with one of its keys. All keys are taken at once, so no two wait for each other. */
function createTurns() {
  const last = new Map<string, Promise<void>>();
  return async <T>(keys: readonly string[], work: () => Promise<T>): Promise<T> => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const before = keys.flatMap((key) => last.get(key) ?? []);
    for (const key of keys) last.set(key, ended);
    try {
      if (before.length > 0) await Promise.all(before);
      return await work();
    } finally {
      end();
      for (const key of keys) if (last.get(key) === ended) last.delete(key);
    }
  };
}

const HOUR_MS = 3_600_000;

/** Answers whether an account is to be named in the log, which it is once an hour at most. */
function createHourly(): (account: string) => boolean {
  const loggedAt = new Map<string, number>();
  return (account) => {
    const at = performance.now();
    if (at - (loggedAt.get(account) ?? Number.NEGATIVE_INFINITY) < HOUR_MS) return false;
    loggedAt.set(account, at);
    return true;
  };
}
