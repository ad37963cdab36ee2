import type { ClaimIdentity, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { ScanTables } from '../scan/scan-tables.ts';

/** Claims that the upstream is still to be told to forget. Reading C8. */
export type ClaimReleases = {
  /** The oldest ones; RecordIds grow with time. */
  oldest(most: number): Promise<ClaimIdentity[]>;
  answered(release: ClaimIdentity): Promise<void>;
  count(): Promise<number>;
};

/** Puts a release into the transaction that ends a scan without an admission. */
export async function queueRelease(trx: Kysely<ScanTables>, claim: ClaimIdentity, queuedAt: WallClock): Promise<void> {
  const { recordId, startTime, cinemaCode, filmTicketCode } = claim;
  await trx
    .insertInto('claimRelease')
    .values({ recordId, startTime, cinemaCode, filmTicketCode, queuedAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export function createClaimReleases(store: Store<ScanTables>): ClaimReleases {
  return {
    async oldest(most) {
      const rows = await store.db
        .selectFrom('claimRelease')
        .select(['recordId', 'startTime', 'cinemaCode', 'filmTicketCode'])
        .orderBy('recordId')
        .limit(most)
        .execute();
      return rows as unknown as ClaimIdentity[];
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
