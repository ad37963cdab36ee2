import { createPace } from '@ticket-check/runtime';
import { acrossCinemas, type Query, queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { NearBound } from '../keeping/keep.ts';
import { accountTicketText, haveSameTicket, keyOf, keyText, TICKET_COLUMNS } from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { loadStored } from '../tables/record-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

type BoundOptions = { readonly max: number; readonly logger: Pick<Logger, 'error'> };

export type EntryBound = ReturnType<typeof createEntryBound>;

/** How often it is logged at most that a bound is reached. */
const HOUR_MS = 3_600_000;

/**
 * Bounds how many records of one ticket count as entries through one account. Without it, one genuine ticket could be reported
 * under any number of RecordIds. Records beyond the bound are quarantined, never lost. Exact in one process; each further one
 * that works on the database can let in what it has under way at that moment. Reading R7.
 */
export function createEntryBound(store: Store<CheckRecordTables>, { max, logger }: BoundOptions) {
  const inTurn = createTurns();
  const logged = createPace(HOUR_MS, () => performance.now());
  const countOfAccount = countingEntries(max);

  /** The records beyond the bound. Those that count already need no room: looked for only where a ticket comes near it, which honest ones do not. */
  async function surplusOf(records: readonly ReceivedRecord[]): Promise<Set<ReceivedRecord>> {
    const own = Map.groupBy(records, accountTicketText);
    const asked = [...own.values()].flatMap(([record]) => record ?? []);
    const places = new Map(
      (await countOfAccount.find(store, asked)).map((row) => [accountTicketText(row), row.entries]),
    );
    const placeOf = (record: ReceivedRecord) => places.get(accountTicketText(record)) ?? 0;
    const near = records.filter((record) => placeOf(record) + (own.get(accountTicketText(record))?.length ?? 0) > max);
    const stored = await loadStored({ db: store.db, store }, near.map(keyOf));
    const lacking = near.filter((record) => stored.get(keyText(keyOf(record)))?.quarantine !== null);
    return new Set(
      lacking.filter((record) => {
        const place = placeOf(record);
        places.set(accountTicketText(record), place + 1);
        return place >= max;
      }),
    );
  }

  function alarm({ account, cinemaCode, filmTicketCode }: ReceivedRecord): void {
    if (!logged.take()) return;
    logger.error(
      { username: account, cinemaCode, filmTicketCode, max },
      'quarantined entries beyond the limit of one ticket',
    );
  }

  return {
    /**
     * Gives the records to `keep`, those that would exceed the bound as quarantined (TOO_MANY_ENTRIES). What `counts` keeps them at
     * once with this bound, where the store can, and throws NearBound if they have to be counted exactly.
     */
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
        const surplus = await surplusOf(counting);
        if (surplus.size === 0) return keep(records);
        return keep(
          records.map((record) => {
            if (!surplus.has(record)) return record;
            alarm(record);
            return { ...record, quarantine: 'TOO_MANY_ENTRIES' };
          }),
        );
      });
    },
  };
}

const BY_ACCOUNT = { ...TICKET_COLUMNS, account: 'text' } as const;

type AccountTicket = { readonly [column in keyof typeof BY_ACCOUNT]: string };

/** Builds a query that counts one account's entries of each ticket, up to `max`, without reading further. */
function countingEntries(max: number): Query<CheckRecordTables, AccountTicket, AccountTicket & { entries: number }> {
  const entries = sql<number>`(
    select count(*) from (
      select 1 from check_record c
      where ${haveSameTicket('c', 'given')} and c.account = given.account and c.quarantine is null limit ${sql.lit(max)}
    ) as entry
  )`;
  return queryOverRows(BY_ACCOUNT, ({ db }, given) =>
    db
      .selectFrom(given.as('given'))
      .selectAll('given')
      .select(entries.as('entries'))
      .$castTo<AccountTicket & { entries: number }>(),
  );
}

export type QuarantineBound = ReturnType<typeof createQuarantineBound>;

/** Bounds the quarantined records of every account, so that none fills the disk; exact as the bound of entries. Reading R3. */
export function createQuarantineBound(store: Store<CheckRecordTables>, { max, logger }: BoundOptions) {
  const inTurn = createTurns();
  const logged = createPace(HOUR_MS, () => performance.now());

  async function countStored(account: string): Promise<number> {
    const some = store.db
      .selectFrom('checkRecord')
      .select('account')
      .where('account', '=', account)
      .where('quarantine', 'is not', null)
      .limit(max);
    const { n } = await store.db
      .selectFrom(some.as('some'))
      .modifyFront(acrossCinemas('key'))
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return n;
  }

  async function withoutRoom(account: string, quarantined: readonly ReceivedRecord[]) {
    const room = max - (await countStored(account));
    if (quarantined.length <= room) return new Set<ReceivedRecord>();
    const known = await loadStored({ db: store.db, store }, quarantined.map(keyOf));
    const full = quarantined.filter((record) => !known.has(keyText(keyOf(record)))).slice(Math.max(0, room));
    if (full.length > 0 && logged.take())
      logger.error({ username: account, max }, 'account reached its limit of quarantined records');
    return new Set(full);
  }

  return {
    /**
     * Keeps a report, all of one account, if there is room for its quarantined records; asks the database only if there are any.
     * Those that are stored already need none.
     *
     * @returns the records for which there is no room; where there are any, `keep` was not called.
     */
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
