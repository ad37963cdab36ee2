import { wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { inOneTransaction, type Store, withTables } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { OperationTables } from './migrations.ts';
import { type Operation, recordEvent, runLongOperation } from './operation.ts';

/** Readings of one kind that a machine has on a day before the audit only counts them. */
const ENTRIES_A_DAY = 20;

/** `byMachine`: by a token, or by a command for which no operator was named. */
type Reading = Operation & { readonly byMachine: boolean };

/**
 * Reads and records who did, as `runLongOperation` does: each reading of a person, and of a machine the first 20 a day of a kind. Machines
 * read as often as they like and entries are never deleted, so further readings are counted (`noteFormerReadings`).
 */
export async function runReading<DB extends OperationTables, T>(
  store: Store<DB>,
  reading: Reading,
  read: (store: Store<DB>) => Promise<T>,
  outcome: (result: T) => object,
): Promise<T> {
  const { byMachine: _, ...operation } = reading;
  if (!(await hasEntry(store, reading))) return read(store);
  return runLongOperation(store, operation, read, outcome);
}

/** The same for a reading without an outcome. `isPart`: a further page of a list whose first page has an entry. */
export async function noteReading(
  store: Store<OperationTables>,
  reading: Reading,
  { isPart }: { isPart: boolean },
): Promise<void> {
  const { byMachine: _, ...operation } = reading;
  if (await hasEntry(store, reading, isPart)) await recordEvent(store, { ...operation, failed: false });
}

/** Counts a reading by a machine; returns whether it has an entry of its own. */
async function hasEntry<DB extends OperationTables>(
  store: Store<DB>,
  { actor, name, now, byMachine }: Reading,
  isPart = false,
): Promise<boolean> {
  if (!byMachine) return true;
  const db: Kysely<OperationTables> = withTables(store.db);
  const { count } = await db
    .insertInto('readingCount')
    .values({ actor, name, day: dayAt(now), count: 1 })
    .onConflict((oc) =>
      oc.columns(['actor', 'name', 'day']).doUpdateSet({ count: sql<number>`reading_count.count + 1` }),
    )
    .returning('count')
    .executeTakeFirstOrThrow();
  return count <= ENTRIES_A_DAY && !(isPart && count > 1);
}

/** Writes down how often machines read on days that are over, where that is more than has an entry, and forgets the rest. */
export async function noteFormerReadings<DB extends OperationTables>(store: Store<DB>, now: Clock): Promise<void> {
  const its: Store<OperationTables> = withTables(store);
  await inOneTransaction(its, async (within) => {
    const former = await within.db.deleteFrom('readingCount').where('day', '<', dayAt(now)).returningAll().execute();
    for (const { actor, name, day, count } of former) {
      if (count <= ENTRIES_A_DAY) continue;
      const what = { counted: { day, readings: count } };
      await recordEvent(within, { name, actor, from: null, what, now, failed: false });
    }
  });
}

export const dayAt = (now: Clock) => wallClockAt(now()).slice(0, 'yyyy-mm-dd'.length);
