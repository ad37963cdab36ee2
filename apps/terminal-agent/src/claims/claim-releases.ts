import {
  type ClaimIdentity,
  type ClaimRelease,
  type RecordId,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Migrations, runSlice, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';

/** Times are wall clocks of Asia/Shanghai. */
export type ClaimTables = {
  /** Claims to release: the upstream may hold them for scans that ended without an admission. Reading C8. */
  claimRelease: {
    recordId: string;
    startTime: string;
    cinemaCode: string;
    filmTicketCode: string;
    queuedAt: string;
    /** 1: the scan may have ended in an admission whose record was lost with a damaged store. */
    uncertain: number;
  };
  /** Released claims, kept for the days for which the upstream may be restored from a backup. Reading X4. */
  answeredRelease: {
    recordId: string;
    startTime: string;
    cinemaCode: string;
    filmTicketCode: string;
    answeredAt: string;
    uncertain: number;
  };
};

/** The tables of claims to release. Readings C8, X4. */
export const claimMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('claim_release')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('queued_at', 'text', (column) => column.notNull())
      .addColumn('uncertain', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    // Same form as `claim_release`: rows of a damaged store are sent again from either table.
    await db.schema
      .createTable('answered_release')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('answered_at', 'text', (column) => column.notNull())
      .addColumn('uncertain', 'integer', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('answered_release_age').on('answered_release').column('answered_at').execute();
  },
};

/** Rows per slice: a few milliseconds of work. */
const SLICE = 200;

/**
 * Claims waiting to be released, and those released in the last days: an upstream restored from a backup may hold them
 * again. For the one process that serves. Readings C8, X4.
 */
export type ClaimReleases = {
  /** The oldest ones, or those that follow a RecordId; RecordIds grow with time. */
  oldest(most: number, after?: RecordId | null): Promise<ClaimRelease[]>;
  /** Finds a queued release; `null` if it is not queued. */
  find(recordId: RecordId): Promise<ClaimRelease | null>;
  /** Identifies the data of the upstream: taken before a request and passed to `answered` with the reply. */
  round(): number;
  /**
   * Takes a release off the queue and keeps it in case the upstream is restored. A reply of an earlier round changes nothing:
   * it may come from data that are lost.
   */
  answered(release: ClaimIdentity, round: number): Promise<void>;
  /**
   * Queues releases answered since then again, durably, in slices until `stopping` is aborted; returns how many. Another call
   * continues with the rest.
   */
  queueAgain(since: WallClock, stopping: AbortSignal): Promise<number>;
  /** Calls `listener` when claims are queued. */
  onQueued(listener: () => void): void;
  /** Announces that the caller queued a claim in a transaction of its own. */
  wake(): void;
  /** Deletes a slice of releases answered before then. */
  forget(before: WallClock): Promise<void>;
  count(): Promise<number>;
};

/** Queues a release as part of the transaction that ends a scan without an admission. */
export function queueingRelease(db: Kysely<ClaimTables>, release: ClaimRelease, queuedAt: WallClock) {
  const { recordId, startTime, cinemaCode, filmTicketCode, uncertain = false } = release;
  return db
    .insertInto('claimRelease')
    .values({ recordId, startTime, cinemaCode, filmTicketCode, queuedAt, uncertain: uncertain ? 1 : 0 })
    .onConflict((conflict) => conflict.doNothing());
}

export function createClaimReleases(store: Store<ClaimTables>, now: () => number): ClaimReleases {
  let round = 0;
  const listeners: (() => void)[] = [];
  const releases = store.db
    .selectFrom('claimRelease')
    .select(['recordId', 'startTime', 'cinemaCode', 'filmTicketCode', 'uncertain']);

  /** Returns the last RecordId of the slice, if any, and how many were queued. */
  function queueSlice(since: WallClock, after: string): Promise<{ last: string | undefined; count: number }> {
    return store.transaction(async (trx) => {
      const slice = await trx
        .selectFrom('answeredRelease')
        .selectAll()
        .where('recordId', '>', after)
        .where('answeredAt', '>=', since)
        .orderBy('recordId')
        .limit(SLICE)
        .execute();
      const queuedAt = wallClockAt(now());
      for (const { answeredAt: _, ...row } of slice) await queueingRelease(trx, releaseOf(row), queuedAt).execute();
      const queued = slice.map(({ recordId }) => recordId);
      if (queued.length > 0) await trx.deleteFrom('answeredRelease').where('recordId', 'in', queued).execute();
      return { last: queued.at(-1), count: queued.length };
    });
  }

  function wake(): void {
    for (const listener of listeners) listener();
  }

  /** Queues slice by slice; returns how many. */
  async function queueAnswered(since: WallClock, stopping: AbortSignal): Promise<number> {
    let total = 0;
    let after = '';
    while (!stopping.aborted) {
      const { last, count } = await runSlice(() => queueSlice(since, after), { stopping });
      total += count;
      if (last === undefined || count < SLICE) break;
      after = last;
    }
    return total;
  }

  return {
    async oldest(most, after = null) {
      const following = releases
        .where('recordId', '>', after ?? '')
        .orderBy('recordId')
        .limit(most);
      return (await following.execute()).map(releaseOf);
    },
    async find(recordId) {
      const row = await releases.where('recordId', '=', recordId).executeTakeFirst();
      return row === undefined ? null : releaseOf(row);
    },
    round: () => round,
    async answered({ recordId }, asked) {
      await store.transaction(async (trx) => {
        if (asked !== round) return;
        const row = await trx
          .deleteFrom('claimRelease')
          .where('recordId', '=', recordId)
          .returning(['recordId', 'startTime', 'cinemaCode', 'filmTicketCode', 'uncertain'])
          .executeTakeFirst();
        if (row === undefined) return;
        await trx
          .insertInto('answeredRelease')
          .values({ ...row, answeredAt: wallClockAt(now()) })
          .onConflict((conflict) =>
            conflict.column('recordId').doUpdateSet({
              answeredAt: sql`excluded.answered_at`,
              uncertain: sql`max(answered_release.uncertain, excluded.uncertain)`,
            }),
          )
          .execute();
      });
    },
    async queueAgain(since, stopping) {
      round += 1;
      const queued = await queueAnswered(since, stopping);
      if (queued > 0) wake();
      return queued;
    },
    onQueued: (listener) => void listeners.push(listener),
    wake,
    async forget(before) {
      const old = await store.db
        .selectFrom('answeredRelease')
        .select('recordId')
        .where('answeredAt', '<', before)
        .orderBy('answeredAt')
        .limit(SLICE)
        .execute();
      if (old.length === 0) return;
      const gone = old.map(({ recordId }) => recordId);
      await store.transaction((trx) =>
        trx.deleteFrom('answeredRelease').where('recordId', 'in', gone).where('answeredAt', '<', before).execute(),
      );
    },
    async count() {
      const { count } = await store.db
        .selectFrom('claimRelease')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return count;
    },
  };
}

function releaseOf({ uncertain, ...claim }: Omit<ClaimTables['claimRelease'], 'queuedAt'>): ClaimRelease {
  return { ...(claim as ClaimIdentity), uncertain: uncertain === 1 };
}
