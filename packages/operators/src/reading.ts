import { wallClockAt } from '@ticket-check/protocol';
import { type Store, withTables } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { OperationTables } from './migrations.ts';
import { type Operation, recordEvent, runLongOperation } from './operation.ts';

/** Readings of one kind that somebody has on a day before the audit only counts them. */
const ENTRIES_A_DAY = 20;

type Counted = { readonly count: number; readonly formerDay: string | null; readonly formerCount: number };

/**
 * Reads and records who did, as `runLongOperation` does, for the first 20 times a day by reader and kind of reading. Machines read as
 * often as they like and entries are never deleted, so further readings are counted: the first entry of the next day has their
 * number.
 */
export async function runReading<DB extends OperationTables, T>(
  store: Store<DB>,
  operation: Operation,
  read: (store: Store<DB>) => Promise<T>,
  outcome: (result: T) => object,
): Promise<T> {
  const more = await countReading(store, operation);
  if (more === null) return read(store);
  return runLongOperation(store, { ...operation, what: { ...operation.what, ...more } }, read, outcome);
}

/** The same for a reading without an outcome. `isPart`: a further page of a list whose first page has an entry. */
export async function noteReading(
  store: Store<OperationTables>,
  operation: Operation,
  { isPart }: { isPart: boolean },
): Promise<void> {
  const more = await countReading(store, operation, isPart);
  if (more === null) return;
  await recordEvent(store, { ...operation, what: { ...operation.what, ...more }, failed: false });
}

/** Counts a reading; answers what its entry tells besides, and null where it is only counted. */
async function countReading<DB extends OperationTables>(
  store: Store<DB>,
  { actor, name, now }: Operation,
  isPart = false,
): Promise<object | null> {
  const day = wallClockAt(now()).slice(0, 'yyyy-mm-dd'.length);
  const isSame = sql`reading_count.day = excluded.day`;
  const db: Kysely<OperationTables> = withTables(store.db);
  const { rows } = await sql<Counted>`
    insert into reading_count (actor, name, day, count, former_count) values (${actor}, ${name}, ${day}, 1, 0)
    on conflict (actor, name) do update set
      day = excluded.day,
      count = case when ${isSame} then reading_count.count + 1 else 1 end,
      former_day = case when ${isSame} then reading_count.former_day else reading_count.day end,
      former_count = case when ${isSame} then reading_count.former_count else reading_count.count end
    returning count, former_day, former_count
  `.execute(db);
  const { count, formerDay, formerCount } = rows[0] as Counted;
  if (count > ENTRIES_A_DAY || (isPart && count > 1)) return null;
  return count === 1 && formerCount > ENTRIES_A_DAY ? { counted: { day: formerDay, readings: formerCount } } : {};
}
