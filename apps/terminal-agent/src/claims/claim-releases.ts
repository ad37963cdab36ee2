import {
  type ClaimIdentity,
  type ClaimRelease,
  type RecordId,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { inOrder, type Migrations, type Store } from '@ticket-check/storage';
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
    /** null: it waits. Answered ones are kept for the days for which the upstream may be restored from a backup. Reading X4. */
    answeredAt: string | null;
  };
};

/** The tables of claims to release. Readings C8, X4. */
export const claimMigrations: Migrations = {
  '0001': (db) =>
    inOrder(
      db,
      sql`create table claim_release (
        record_id text primary key, start_time text not null, cinema_code text not null,
        film_ticket_code text not null, queued_at text not null, uncertain integer not null, answered_at text
      )`,
      sql`create index claim_release_answered on claim_release (answered_at, record_id)`,
    ),
};

/** Queues a release as part of the transaction that ends a scan without an admission. */
export function queueingRelease(db: Kysely<ClaimTables>, release: ClaimRelease, queuedAt: WallClock) {
  const { recordId, startTime, cinemaCode, filmTicketCode, uncertain = false } = release;
  const ticket = { recordId, startTime, cinemaCode, filmTicketCode };
  return db
    .insertInto('claimRelease')
    .values({ ...ticket, queuedAt, uncertain: uncertain ? 1 : 0, answeredAt: null })
    .onConflict((conflict) => conflict.doNothing());
}

export type ClaimReleases = ReturnType<typeof createClaimReleases>;

/**
 * Claims waiting to be released, and those released in the last days: an upstream restored from a backup may hold them
 * again. For the one process that serves. Readings C8, X4.
 */
export function createClaimReleases(store: Store<ClaimTables>, now: () => number) {
  const waiting = store.db.selectFrom('claimRelease').where('answeredAt', 'is', null);
  const releases = waiting.select(['recordId', 'startTime', 'cinemaCode', 'filmTicketCode', 'uncertain']);

  return {
    /** The oldest ones, or those that follow a RecordId; RecordIds grow with time. */
    async oldest(most: number, after: RecordId | null = null): Promise<ClaimRelease[]> {
      const following = releases
        .where('recordId', '>', after ?? '')
        .orderBy('recordId')
        .limit(most);
      return (await following.execute()).map(releaseOf);
    },

    /** Finds a queued release; `null` if it is not queued. */
    async find(recordId: RecordId): Promise<ClaimRelease | null> {
      const row = await releases.where('recordId', '=', recordId).executeTakeFirst();
      return row === undefined ? null : releaseOf(row);
    },

    /** Takes a release off the queue and keeps it in case the upstream is restored. */
    async answered({ recordId }: ClaimIdentity): Promise<void> {
      const answer = store.db.updateTable('claimRelease').set({ answeredAt: wallClockAt(now()) });
      await answer.where('recordId', '=', recordId).where('answeredAt', 'is', null).execute();
    },

    /** Queues releases answered since then again, durably; returns how many. */
    async queueAgain(since: WallClock): Promise<number> {
      const { numUpdatedRows } = await store.db
        .updateTable('claimRelease')
        .set({ answeredAt: null, queuedAt: wallClockAt(now()) })
        .where('answeredAt', '>=', since)
        .executeTakeFirst();
      return Number(numUpdatedRows);
    },

    /** Deletes releases answered before then. */
    async forget(before: WallClock): Promise<void> {
      await store.db.deleteFrom('claimRelease').where('answeredAt', '<', before).execute();
    },

    async count(): Promise<number> {
      const { count } = await waiting.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
      return count;
    },
  };
}

type ReleaseRow = Omit<ClaimTables['claimRelease'], 'queuedAt' | 'answeredAt'>;

function releaseOf({ uncertain, ...claim }: ReleaseRow): ClaimRelease {
  return { ...(claim as ClaimIdentity), uncertain: uncertain === 1 };
}
