import { sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Logger } from 'pino';
import { expensiveMs } from '../tables/expensive.ts';
import { keyText } from '../tables/keys.ts';
import { type ReceivedRecord, rowOf } from '../tables/received-record.ts';
import { loadStored } from '../tables/record-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

/** Bounds the quarantined records of every account, so that none fills the disk. */
export type QuarantineBound = {
  /**
   * Takes room for the quarantined records of one report, all of one account, until `keep` has ended; asks the database
   * only if there are any. Those that are stored already need none.
   *
   * @returns the records for which there is no room; where there are any, `keep` was not called.
   */
  within<T>(
    records: readonly ReceivedRecord[],
    keep: () => Promise<T>,
  ): Promise<{ readonly kept: T; readonly full?: undefined } | { readonly full: ReadonlySet<ReceivedRecord> }>;
  /** How many accounts have more than four fifths of what they may have. */
  countNearlyFull(): Promise<number>;
};

const NEARLY = 0.8;

/** Exact in one process; each further one that works on the database can let in what it has under way at that moment. */
export function createQuarantineBound(
  store: Store<CheckRecordTables>,
  { max, logger }: { max: number; logger: Pick<Logger, 'error'> },
): QuarantineBound {
  const underWay = new Map<string, number>();
  const alarmed = new Set<string>();

  async function stored(account: string): Promise<number> {
    const some = store.db
      .selectFrom('checkRecord')
      .select('account')
      .where('account', '=', account)
      .where('quarantine', 'is not', null)
      .limit(max);
    const { n } = await store.db
      .selectFrom(some.as('some'))
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return n;
  }

  const countNearlyFull = sharedFor(expensiveMs, async () => {
    const accounts = store.db
      .selectFrom('checkRecord')
      .select((eb) => eb.fn.countAll<number>().as('aside'))
      .where('quarantine', 'is not', null)
      .groupBy('account');
    return store.db
      .selectFrom(accounts.as('account'))
      .select((eb) => [
        eb.fn
          .countAll<number>()
          .filterWhere('aside', '>', Math.floor(max * NEARLY))
          .as('n'),
        eb.fn.coalesce(eb.fn.sum<number>('aside'), eb.lit(0)).as('rows'),
      ])
      .executeTakeFirstOrThrow();
  });

  async function withoutRoom(account: string, aside: readonly ReceivedRecord[], others: number) {
    const room = Math.max(0, max - (await stored(account)) - others);
    if (aside.length <= room) {
      alarmed.delete(account);
      return new Set<ReceivedRecord>();
    }
    const rows = new Map(aside.map((record) => [record, rowOf(record)]));
    const known = await loadStored({ db: store.db, store }, [...rows.values()]);
    const full = aside.filter((record) => !known.has(keyText(rows.get(record) ?? rowOf(record)))).slice(room);
    if (full.length > 0 && !alarmed.has(account)) {
      alarmed.add(account);
      logger.error({ username: account, max }, 'account reached its limit of quarantined records');
    }
    return new Set(full);
  }

  return {
    async within(records, keep) {
      const aside = records.filter(({ quarantine }) => quarantine !== null);
      const account = aside[0]?.account;
      if (account === undefined) return { kept: await keep() };
      const others = underWay.get(account) ?? 0;
      underWay.set(account, others + aside.length);
      try {
        const full = await withoutRoom(account, aside, others);
        return full.size > 0 ? { full } : { kept: await keep() };
      } finally {
        const left = (underWay.get(account) ?? 0) - aside.length;
        if (left > 0) underWay.set(account, left);
        else underWay.delete(account);
      }
    },

    countNearlyFull: async () => (await countNearlyFull()).n,
  };
}
