import {
  type CinemaCode,
  type CinemaKey,
  MAX_KEYS_EVER,
  storedKeyReader,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { printResult, turn } from '@ticket-check/runtime';
import { acrossCinemas, coalesce, createTables, type Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { type Generated, type Kysely, type Selectable, sql } from 'kysely';
import type { Logger } from 'pino';

/** Rows of the key cache; times of fetching are epoch milliseconds. */
export type KeyCacheTables = {
  cachedKey: {
    cinemaCode: string;
    fingerprint: string;
    startTime: string;
    spki: string;
    /** 1: in the set that upstream sent last. 0: was in an earlier one. */
    current: number;
  };
  /** How far one cinema's keys can be relied on. */
  keyFetch: {
    cinemaCode: string;
    /** When the set in use was last sent by upstream; null when no usable set ever came. */
    fetchedAt: number | null;
    attemptedAt: number;
    /** Why the last attempt brought nothing; null when it succeeded. */
    failure: string | null;
    /** What was odd about the last reply. */
    alarm: string | null;
    /** As upstream called it last; empty if it did not. */
    cinemaName: Generated<string>;
  };
};

/** The tables of the key cache. Of a cinema's keys the newest 256 stay: old records are checked with the keys of their day (reading R6). */
export const keyCacheMigrations = createTables<KeyCacheTables>(
  sql`create table cached_key (
    cinema_code text not null, fingerprint text not null, start_time text not null, spki text not null,
    current bigint not null, primary key (cinema_code, start_time, fingerprint)
  )`,
  sql`create table key_fetch (
    cinema_code text primary key, fetched_at bigint, attempted_at bigint not null, failure text, alarm text,
    cinema_name text not null default ''
  )`,
);

export type StoredKeys = { current: CinemaKey[]; ever: CinemaKey[]; fetchedAt: number | null };

/** How far one cinema's keys can be relied on, and how many are in use. */
export type KeyStatus = Selectable<KeyCacheTables['keyFetch']> & { cinemaCode: CinemaCode; count: number };

export type FetchRecord = {
  cinemaCode: CinemaCode;
  at: number;
  alarm: string | null;
  /** Why it brought nothing; null if upstream sent a usable set. */
  failure: string | null;
  cinemaName?: string;
  /** The set, if it is another one. */
  keys?: readonly CinemaKey[];
};

/** At a time; the rest goes with the next set. */
const MAX_FORGOTTEN = 1000;

/** Writes what must be durable together with a cinema's new keys, in the transaction that keeps them. */
export type InSameTransaction = (trx: Kysely<KeyCacheTables>, cinemaCode: CinemaCode) => Promise<void>;

export function createKeyStore(
  store: Store<KeyCacheTables>,
  { logger, inSameTransaction }: { logger: Logger; inSameTransaction?: InSameTransaction | undefined },
) {
  const read = storedKeyReader(({ cinemaCode, startTime }, { code, message }) => {
    logger.error({ cinemaCode, startTime, code, reason: message }, 'stored public key cannot be used');
  });

  return {
    async load(cinemaCode: CinemaCode): Promise<StoredKeys> {
      const rows = await store.db
        .selectFrom('cachedKey')
        .selectAll()
        .where('cinemaCode', '=', cinemaCode)
        .orderBy('startTime', 'desc')
        .execute();
      const fetch = await store.db
        .selectFrom('keyFetch')
        .select('fetchedAt')
        .where('cinemaCode', '=', cinemaCode)
        .executeTakeFirst();
      const [ever, inUse]: [CinemaKey[], CinemaKey[]] = [[], []];
      for (const { spki, startTime, current } of rows) {
        const key = read({ cinemaCode, spki, startTime: startTime as WallClock });
        if (key !== null) ever.push(key);
        if (key !== null && current === 1) inUse.push(key);
        await turn();
      }
      return { ever, current: inUse, fetchedAt: fetch?.fetchedAt ?? null };
    },

    /** Durable when it resolves; attempts recorded in one turn share a commit. */
    record: coalesce(async (fetches: FetchRecord[]) => {
      // In one order, so that two processes which fetched the same cinemas do not wait for each other in a circle.
      const inOrder = fetches.toSorted(({ cinemaCode: a }, { cinemaCode: b }) => (a < b ? -1 : Number(a > b)));
      await store.transaction(async (trx) => {
        for (const fetch of inOrder) {
          await recordFetch(trx, fetch);
          if (fetch.keys !== undefined) await inSameTransaction?.(trx, fetch.cinemaCode);
        }
      });
      return fetches.map(() => undefined);
    }),

    status: () => loadKeyStatus(store),
  };
}

async function recordFetch(db: Kysely<KeyCacheTables>, fetch: FetchRecord): Promise<void> {
  const { cinemaCode, at, alarm, failure, cinemaName, keys } = fetch;
  const outcome = { attemptedAt: at, alarm, failure, ...(failure === null && { fetchedAt: at, cinemaName }) };
  await db
    .insertInto('keyFetch')
    .values({ fetchedAt: null, ...outcome, cinemaCode })
    .onConflict((conflict) => conflict.column('cinemaCode').doUpdateSet(outcome))
    .execute();
  // Afterwards: the row above keeps every other process from the cinema's keys.
  if (keys !== undefined) await writeKeys(db, cinemaCode, keys);
}

async function writeKeys(db: Kysely<KeyCacheTables>, cinemaCode: CinemaCode, keys: readonly CinemaKey[]) {
  await db.updateTable('cachedKey').set({ current: 0 }).where('cinemaCode', '=', cinemaCode).execute();
  const rows = keys.map(({ fingerprint, spki, startTime }) => ({
    cinemaCode,
    fingerprint,
    spki,
    startTime,
    current: 1,
  }));
  await db
    .insertInto('cachedKey')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['cinemaCode', 'startTime', 'fingerprint'])
        .doUpdateSet((eb) => ({ current: 1, spki: eb.ref('excluded.spki') })),
    )
    .execute();
  // Those in use stay, whatever their StartTime.
  await sql`
    delete from cached_key where cinema_code = ${cinemaCode} and (start_time, fingerprint) in (
      select start_time, fingerprint from cached_key where cinema_code = ${cinemaCode}
      order by current desc, start_time desc, fingerprint limit ${MAX_FORGOTTEN} offset ${MAX_KEYS_EVER}
    )
  `.execute(db);
}

/** Age, number and alarm of every cinema's keys that were ever asked for, or of those of some, as the database has them. */
export async function loadKeyStatus(
  { db }: Pick<Store<KeyCacheTables>, 'db'>,
  cinemaCodes: readonly CinemaCode[] | 'all' = 'all',
): Promise<KeyStatus[]> {
  if (cinemaCodes !== 'all' && cinemaCodes.length === 0) return [];
  const rows = await db
    .selectFrom('keyFetch')
    .selectAll()
    .modifyFront(acrossCinemas('report'))
    .$if(cinemaCodes !== 'all', (query) => query.where('cinemaCode', 'in', cinemaCodes as readonly string[]))
    .select((eb) =>
      eb
        .selectFrom('cachedKey')
        .whereRef('cachedKey.cinemaCode', '=', 'keyFetch.cinemaCode')
        .where('cachedKey.current', '=', 1)
        .select((count) => count.fn.countAll<number>().as('count'))
        .as('count'),
    )
    .orderBy('cinemaCode')
    .execute();
  return rows.map((row) => ({ ...row, cinemaCode: row.cinemaCode as CinemaCode, count: row.count ?? 0 }));
}

/** A key as people see it; nobody compares more of it by eye than the fingerprint. */
export type ListedKey = {
  readonly cinemaCode: CinemaCode;
  readonly fingerprint: string;
  readonly startTime: WallClock;
  /** Whether it is in the set that upstream sent last. */
  readonly isCurrent: boolean;
};

/** Loads the stored keys of these cinemas, newest start first: up to 256 of each, or only those of the latest set. */
export async function loadListedKeys(
  { db }: Pick<Store<KeyCacheTables>, 'db'>,
  cinemaCodes: readonly CinemaCode[],
  { inUse = false }: { readonly inUse?: boolean } = {},
): Promise<ListedKey[]> {
  if (cinemaCodes.length === 0) return [];
  const rows = await db
    .selectFrom('cachedKey')
    .select(['cinemaCode', 'fingerprint', 'startTime', 'current'])
    .where('cinemaCode', 'in', cinemaCodes)
    .$if(inUse, (query) => query.where('current', '=', 1))
    .orderBy('cinemaCode')
    .orderBy('startTime', 'desc')
    .orderBy('fingerprint')
    .execute();
  return rows.map(({ current, ...row }) => ({ ...row, isCurrent: current === 1 }) as ListedKey);
}

/** Adds `keys status`. There is no command that adds or changes a key: upstream is the only source (5.2.2, reading K3). */
export function keyCommands(
  program: Command,
  now: () => number,
  loadStatus: () => Promise<readonly KeyStatus[]>,
): void {
  program
    .command('keys')
    .description("the cinemas' public keys, which come from upstream only")
    .command('status')
    .description("print number, age and alarms of each cinema's keys, one JSON object a line")
    .action(async () => {
      for (const status of await loadStatus()) printResult(JSON.stringify(statusJson(status, now())));
    });
}

const statusJson = ({ cinemaCode, count, fetchedAt, alarm, failure }: KeyStatus, now: number) => ({
  CinemaCode: cinemaCode,
  Keys: count,
  FetchedAt: fetchedAt === null ? null : wallClockAt(fetchedAt),
  AgeSeconds: fetchedAt === null ? null : Math.round((now - fetchedAt) / 1000),
  Alarm: alarm,
  Failure: failure,
});
