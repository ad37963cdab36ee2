import type { Kysely } from 'kysely';
import type { OperationRow, OperationTables } from '../log-tables.ts';

const NO_TIME = { beganAt: '2026-11-26T12:00:00', endedAt: null, of: null, failed: 0, before: null, after: null };

/** An operation as the tests log it. */
export const deed = (id: string): OperationRow => ({
  ...NO_TIME,
  id,
  name: `did ${id}`,
  actor: 'anna',
  from: null,
  what: '{}',
});

export async function addDeeds(db: Kysely<OperationTables>, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.insertInto('operation').values(ids.map(deed)).execute();
}

export const ids = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => String(from + n).padStart(6, '0'));

/** A clock that is a second later each time it is read, so that no checkpoint comes too soon. */
export function tickingClock(begin = 0): () => number {
  let now = begin;
  return () => {
    now += 1000;
    return now;
  };
}
