import type { ClaimIdentity, ClaimRelease, RecordId, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { ScanTables } from '../scan/scan-tables.ts';

/** Claims that the upstream is still to be told to forget. Reading C8. */
export type ClaimReleases = {
  /** The oldest ones; RecordIds grow with time. */
  oldest(most: number): Promise<ClaimRelease[]>;
  /** One of them; `null` where it is not queued. */
  find(recordId: RecordId): Promise<ClaimRelease | null>;
  answered(release: ClaimIdentity): Promise<void>;
  count(): Promise<number>;
};

/** Puts a release into the transaction that ends a scan without an admission. */
export async function queueRelease(trx: Kysely<ScanTables>, release: ClaimRelease, queuedAt: WallClock): Promise<void> {
  const { recordId, startTime, cinemaCode, filmTicketCode, uncertain = false } = release;
  await trx
    .insertInto('claimRelease')
    .values({ recordId, startTime, cinemaCode, filmTicketCode, queuedAt, uncertain: uncertain ? 1 : 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export function createClaimReleases(store: Store<ScanTables>): ClaimReleases {
  const releases = store.db
    .selectFrom('claimRelease')
    .select(['recordId', 'startTime', 'cinemaCode', 'filmTicketCode', 'uncertain']);

  return {
    oldest: async (most) => (await releases.orderBy('recordId').limit(most).execute()).map(releaseOf),
    async find(recordId) {
      const row = await releases.where('recordId', '=', recordId).executeTakeFirst();
      return row === undefined ? null : releaseOf(row);
    },
    async answered({ recordId }) {
      await store.transaction((trx) => trx.deleteFrom('claimRelease').where('recordId', '=', recordId).execute());
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

function releaseOf({ uncertain, ...claim }: Omit<ScanTables['claimRelease'], 'queuedAt'>): ClaimRelease {
  return { ...(claim as ClaimIdentity), uncertain: uncertain === 1 };
}
