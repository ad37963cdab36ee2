import { every, type Service } from '@ticket-check/runtime';
import { purgeInSlices, type Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import type { ToldDayTables } from './told-day-tables.ts';
import type { ToldDayKey, ToldDifferenceTables } from './told-difference-tables.ts';
import { DIFFERENCES_A_SLICE, deleteSomeDifferences } from './told-differences.ts';

const EVERY_MS = 5 * 60_000;

type Tables = ToldDayTables & ToldDifferenceTables;

/**
 * Deletes what former comparisons left, as a call that ends a comparison deletes no more of it than one slice: its caller waits.
 * Nobody reads it any more. Reading X10.
 */
export function forgetFormerComparisons(
  { job, logger }: Pick<Service, 'job' | 'logger'>,
  { store, everyMs = EVERY_MS }: { store: Store<Tables>; everyMs?: number | undefined },
): void {
  job({
    name: 'former comparisons',
    runs: 'in one process',
    start: () =>
      every({
        name: 'former comparisons',
        everyMs,
        jitterMs: everyMs / 10,
        logger,
        run: (stopping) => forgetFormer(store, stopping),
      }),
  });
}

/** Deletes in slices what is left of former comparisons, whoever told them, until `stopping` is aborted. */
export async function forgetFormer(store: Store<Tables>, stopping: AbortSignal): Promise<void> {
  for await (const day of daysWithMore(store)) {
    await purgeInSlices(DIFFERENCES_A_SLICE, () => forgetSome(store, day), stopping);
    if (stopping.aborted) return;
  }
}

/**
 * Deletes a slice of the differences of a cinema and business date that are neither of the comparison which stands nor of the one that
 * is being told.
 * @returns how many were deleted, less than a slice where no more are left
 */
export function forgetSome(store: Store<Tables>, day: ToldDayKey): Promise<number> {
  return store.transaction(async (trx) => {
    // Whoever tells of the day writes this row first, so that no comparison begins meanwhile.
    const row = await trx
      .selectFrom('toldDay')
      .select(['countedAt', 'comparedAt'])
      .where((eb) => eb.and(day))
      .$if(store.engine === 'postgres', (query) => query.forUpdate())
      .executeTakeFirst();
    if (row === undefined) return 0;
    const kept = [row.countedAt, row.comparedAt ?? ''];
    let deleted = 0;
    for (let some = 1; some > 0 && deleted < DIFFERENCES_A_SLICE; deleted += some)
      some = await deleteSomeDifferences(trx, day, kept);
    return deleted;
  });
}

/** The days of which differences of other comparisons are kept, looked up date by date. */
async function* daysWithMore({ reports }: Store<Tables>): AsyncGenerator<ToldDayKey> {
  for (let after = ''; ; ) {
    const { date } = await reports
      .selectFrom('toldDay')
      .select((eb) => eb.fn.min<string | null>('businessDate').as('date'))
      .where('businessDate', '>', after)
      .executeTakeFirstOrThrow();
    if (date === null) return;
    yield* await daysOf(reports, date);
    after = date;
  }
}

/** Asks before, between and after the two comparisons to keep, so that none of what they hold is read. */
function daysOf(reports: Store<Tables>['reports'], date: string): Promise<ToldDayKey[]> {
  const first = sql`case when told_day.compared_at < told_day.counted_at then told_day.compared_at else told_day.counted_at end`;
  const second = sql`case when told_day.compared_at > told_day.counted_at then told_day.compared_at else told_day.counted_at end`;
  const anyIn = (range: RawBuilder<unknown>) => sql<boolean>`exists (
    select 1 from told_difference d
    where d.username = told_day.username and d.business_date = told_day.business_date
      and d.cinema_code = told_day.cinema_code and ${range}
  )`;
  const [before, between, after] = [
    anyIn(sql`d.counted_at < ${first}`),
    anyIn(sql`d.counted_at > ${first} and d.counted_at < ${second}`),
    anyIn(sql`d.counted_at > ${second}`),
  ];
  return reports
    .selectFrom('toldDay')
    .select(['businessDate', 'cinemaCode', 'username'])
    .where('businessDate', '=', date)
    .where((eb) => eb.or([before, between, after]))
    .execute();
}
