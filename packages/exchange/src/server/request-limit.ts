import { randomUUID } from 'node:crypto';
import { ProtocolError, type WallClock } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import { createTables, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';

const MINUTE_MS = 60_000;

export type RequestLimit = ReturnType<typeof createRequestLimit>;

/** `of`: the latest minute that was signed. */
type Minute = { readonly of: string; readonly endsAt: number; signed: number; earlier: number; isAlarmed: boolean };

export type Spent = { readonly username: string; readonly of: string; readonly count: number };

/** The part of its minute that an account has spent here before other processes have to know. */
const WORTH_SHARING = 0.1;

/** Limits the verified requests of each account, in memory (see `shareLimits`); `what`, in the plural, for the refusal. */
export function createRequestLimit(perMinute: number, what = 'requests') {
  const minutes = new Map<string, Minute>();
  let sweptAt = performance.now();
  let refused = 0;
  let elsewhere: ReadonlyMap<string, number> = new Map();

  function minuteOf(username: string, of: string, now: number): Minute {
    const known = minutes.get(username);
    if (known !== undefined && now < known.endsAt && of <= known.of) return known;
    if (now - sweptAt >= MINUTE_MS) {
      sweptAt = now;
      for (const [name, { endsAt }] of minutes) if (endsAt <= now) minutes.delete(name);
    }
    const begun = { of, endsAt: now + MINUTE_MS, signed: 0, earlier: 0, isAlarmed: false };
    minutes.set(username, begun);
    return begun;
  }

  return {
    /**
     * Counts a request of an account. `onFirstRefusal` is called once in each minute in which requests are refused.
     * @param signedAt its Datetime: what was signed before the current minute, as a captured request, counts separately
     * @throws ProtocolError OVERLOADED once the account has spent its minute, with `retryAfterSeconds` in the details.
     */
    spend(username: string, signedAt: WallClock, onFirstRefusal: () => void): void {
      const now = performance.now();
      const of = signedAt.slice(0, 'YYYY-MM-DDThh:mm'.length);
      const minute = minuteOf(username, of, now);
      const count = of === minute.of ? 'signed' : 'earlier';
      const besides = count === 'signed' ? (elsewhere.get(`${username} ${of}`) ?? 0) : 0;
      if (minute[count] + besides < perMinute) {
        minute[count] += 1;
        return;
      }
      refused += 1;
      if (!minute.isAlarmed) onFirstRefusal();
      minute.isAlarmed = true;
      const retryAfterSeconds = Math.max(1, Math.ceil((minute.endsAt - now) / 1000));
      const message = `This account sends more than ${perMinute} ${what} a minute; send this one again in ${retryAfterSeconds} s.`;
      throw new ProtocolError('OVERLOADED', message, { retryAfterSeconds });
    },
    refused: () => refused,
    /** What accounts have spent here of their current minute, where it is a tenth or more. */
    spentHere(): Spent[] {
      const now = performance.now();
      return [...minutes].flatMap(([username, { of, endsAt, signed }]) =>
        now < endsAt && signed >= WORTH_SHARING * perMinute ? { username, of, count: signed } : [],
      );
    },
    spentElsewhere(spent: readonly Spent[]): void {
      const byMinute = Map.groupBy(spent, ({ username, of }) => `${username} ${of}`);
      elsewhere = new Map([...byMinute].map(([key, all]) => [key, all.reduce((sum, { count }) => sum + count, 0)]));
    },
    /** Accounts that were refused something in their current minute. */
    accounts(): number {
      const now = performance.now();
      return [...minutes.values()].filter(({ endsAt, isAlarmed }) => isAlarmed && now < endsAt).length;
    },
  };
}

type SpentRow = {
  process: string;
  /** JSON: a list of `Spent` for each limit. */
  spent: string;
  at: number;
};

export type SharedLimitTables = { sharedLimit: SpentRow };

export const sharedLimitMigrations = createTables<SharedLimitTables>(
  sql`create table shared_limit (process text primary key, spent text not null, at bigint not null)`,
);

const EVERY_MS = 1000;
/** Longer than a minute of an account lasts: older rows are of processes that have ended or count nothing. */
const STALE_MS = 150_000;

/**
 * Shares what accounts spend of limits between the processes of a platform, once a second and only while an account has spent a tenth of
 * its minute here. An account gets at most a tenth more for each further process, and what it sends within a second.
 */
export function shareLimits(
  service: Pick<Service, 'job' | 'now'>,
  { store, limits }: { store: Store<SharedLimitTables>; limits: Readonly<Record<string, RequestLimit>> },
): void {
  // One process serves a SQLite database.
  if (store.engine === 'sqlite') return;
  const db = store.db as Kysely<SharedLimitTables>;
  const process = randomUUID();
  let written: string | undefined;

  async function run(): Promise<void> {
    const here = Object.entries(limits).map(([name, limit]) => [name, limit.spentHere()] as const);
    if (here.every(([, { length }]) => length === 0)) return;
    const at = service.now();
    if (written === undefined)
      await db
        .deleteFrom('sharedLimit')
        .where('at', '<', at - STALE_MS)
        .execute();
    const row = { spent: JSON.stringify(Object.fromEntries(here)), at };
    if (row.spent !== written) {
      await db
        .insertInto('sharedLimit')
        .values({ process, ...row })
        .onConflict((conflict) => conflict.column('process').doUpdateSet(row))
        .execute();
      written = row.spent;
    }
    const rows = await db.selectFrom('sharedLimit').select('spent').where('process', '<>', process).execute();
    const others = rows.map((row) => JSON.parse(row.spent) as Record<string, Spent[]>);
    for (const [name, limit] of Object.entries(limits)) {
      limit.spentElsewhere(others.flatMap((each) => each[name] ?? []));
    }
  }

  service.job({ name: 'shared limits', runs: 'everywhere', everyMs: EVERY_MS, run });
}
