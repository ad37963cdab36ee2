import type { Upstream } from '@ticket-check/exchange';
import { epochOf, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import { coalesce, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { KnownTables } from './known-entries.ts';

/** What tells when a store was restored from a backup; all but `renewedAt` may be missing. */
export type RestoreEvidence = {
  /** The unchecked clock of the machine that ran the command. */
  readonly renewedAt: WallClock;
  /** About the newest moment that the store itself knows, of its last generation. */
  readonly newestKnown: WallClock | null;
  /** When this generation was first served from, by the clock of that process. */
  readonly servedAt: WallClock;
  /** How far the national platform's clock was ahead of that one, in milliseconds; null if unknown. */
  readonly offsetMs: number | null;
};

/**
 * The moment before which a restored store may have known what it has lost: the latest of all evidence. The former generation
 * answered nothing after this one was served. The time of the command is not enough: terminals may admit 24 hours before StartTime
 * and confirm by this moment with an hour of slack, so after a command run early or by a slow clock they would confirm a lost admission
 * again. Reading X4.
 */
export function restoreMoment({ renewedAt, newestKnown, servedAt, offsetMs }: RestoreEvidence): WallClock {
  const measured = wallClockAt(epochOf(servedAt) + (offsetMs ?? 0));
  return [renewedAt, newestKnown ?? renewedAt, servedAt, measured].reduce((a, b) => (a > b ? a : b));
}

export type RestoreMoments = {
  /**
   * When this store was last restored from a backup; null if it never was. The first question of a new generation fixes it
   * durably; what every process answers is read from the database.
   */
  current(): Promise<WallClock | null>;
  /** Corrects the moment of the current generation, once, by what is known of the national platform's clock. */
  measured(offsetMs: number): Promise<void>;
};

const MEASURED_EVERY_MS = 30_000;

type Row = { generation: string; renewedAt: string | null; restoredAt: string | null };

export function createRestoreMoments(store: Store<KnownTables>, now: () => number): RestoreMoments {
  const find = sql<Row>`
    select store_generation.generation, renewed_at as "renewedAt", restored_at as "restoredAt"
    from store_generation left join restore_moment on restore_moment.generation = store_generation.generation
  `;

  const asked = find.compile(store.db);

  async function fix(): Promise<WallClock | null> {
    return store.transaction(async (db) => {
      const [row] = (await find.execute(db)).rows;
      if (row === undefined || row.renewedAt === null) return null;
      if (row.restoredAt !== null) return row.restoredAt as WallClock;
      const servedAt = wallClockAt(now());
      const newestKnown = await newestIn(db);
      const restoredAt = restoreMoment({
        renewedAt: row.renewedAt as WallClock,
        newestKnown,
        servedAt,
        offsetMs: null,
      });
      await db
        .insertInto('restoreMoment')
        .values({ generation: row.generation, servedAt, restoredAt, measured: 0 })
        // Another process was first.
        .onConflict((conflict) => conflict.column('generation').doNothing())
        .execute();
      return ((await find.execute(db)).rows[0]?.restoredAt ?? restoredAt) as WallClock;
    });
  }

  const current = coalesce(async (questions: null[]) => {
    const [row] = await store.readCommitted(asked);
    const moment = row?.renewedAt != null && row.restoredAt === null ? await fix() : (row?.restoredAt ?? null);
    return questions.map(() => moment as WallClock | null);
  });

  return {
    current: () => current(null),
    measured: (offsetMs) =>
      store.transaction(async (db) => {
        const row = await db
          .selectFrom('restoreMoment')
          .selectAll()
          .where(sql<boolean>`generation = (select generation from store_generation)`)
          .where('measured', '=', 0)
          .executeTakeFirst();
        if (row === undefined) return;
        const [servedAt, renewedAt] = [row.servedAt as WallClock, row.restoredAt as WallClock];
        const restoredAt = restoreMoment({ renewedAt, newestKnown: null, servedAt, offsetMs });
        await db
          .updateTable('restoreMoment')
          .set({ restoredAt, measured: 1 })
          .where('generation', '=', row.generation)
          .execute();
      }),
  };
}

/**
 * Corrects the moment once the national platform's clock is known, as that of a machine that was just set up may be wrong.
 */
export function measureRestoreMoment(options: {
  restoreMoments: RestoreMoments;
  upstream: () => Promise<Upstream | null>;
  logger: Logger;
}): RecurringJob {
  const { restoreMoments, upstream, logger } = options;
  return every({
    name: 'restore moment',
    everyMs: MEASURED_EVERY_MS,
    logger,
    async run() {
      const { measured = false, offsetMs = 0 } = (await upstream())?.clockOffset() ?? {};
      if (measured) await restoreMoments.measured(offsetMs);
    },
  });
}

/** Records arrive in nearly the order of their check times: this many of the latest include one of the last to arrive. */
const LATEST_RECORDS = 1000;

/**
 * Reads the last moments, only from indexes: claims that arrive while the generation changes wait for it. A claim that has its
 * record is older than that.
 */
export function newestMoments(db: Kysely<KnownTables>) {
  const claims = db
    .selectFrom('ticketClaim')
    .select('claimedAt as moment')
    .where('recorded', '=', sql.lit(0))
    .orderBy('claimedAt', 'desc')
    .limit(1);
  const latest = db.selectFrom('checkRecord').select('receivedAt').orderBy('checkTime', 'desc').limit(LATEST_RECORDS);
  const records = db
    .selectFrom(latest.as('latest'))
    .select('receivedAt as moment')
    .orderBy('receivedAt', 'desc')
    .limit(1);
  return [claims, records] as const;
}

async function newestIn(db: Kysely<KnownTables>): Promise<WallClock | null> {
  const moments: string[] = [];
  for (const newest of newestMoments(db)) moments.push(...(await newest.execute()).map(({ moment }) => moment));
  return (moments.toSorted().at(-1) ?? null) as WallClock | null;
}
