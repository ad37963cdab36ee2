import { type ColumnType, queryOverRows } from '@ticket-check/storage';
import { type CompiledQuery, sql } from 'kysely';
import { type AskedCinemas, isOfCinemas } from './keys.ts';
import type { ReceivedRecord, Suspicion } from './received-record.ts';
import { insertFrom } from './record-rows.ts';
import type { CheckRecordTables, OwnStore, SuspiciousRow } from './tables.ts';

export type Suspicions = ReadonlyMap<ReceivedRecord, readonly Suspicion[]>;

const COLUMNS = {
  ...{ cinemaCode: 'text', account: 'text', kind: 'text' },
  ...{ records: 'integer', latestAt: 'text' },
} as const satisfies Record<keyof SuspiciousRow, ColumnType>;

const addCounts = queryOverRows<CheckRecordTables, SuspiciousRow, unknown>(COLUMNS, ({ db }, given) =>
  insertFrom(db, 'suspicious', given, COLUMNS).onConflict((conflict) =>
    conflict.columns(['cinemaCode', 'account', 'kind']).doUpdateSet((eb) => ({
      records: sql<number>`suspicious.records + excluded.records`,
      latestAt: eb.ref('excluded.latestAt'),
    })),
  ),
);

export function countingSuspicious(
  store: OwnStore,
  found: readonly (readonly [ReceivedRecord, readonly Suspicion[]])[],
): CompiledQuery[] {
  const rows = new Map<string, SuspiciousRow>();
  for (const [{ cinemaCode, account, receivedAt }, kinds] of found) {
    for (const kind of kinds) {
      const key = `${cinemaCode} ${kind} ${account}`;
      const records = (rows.get(key)?.records ?? 0) + 1;
      rows.set(key, { cinemaCode, account, kind, records, latestAt: receivedAt });
    }
  }
  // In one order, so that two processes do not wait for each other in a circle.
  const inOrder = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  return addCounts.statements(store, inOrder);
}

/** How many suspicious records came through each account of some cinemas, by kind, in the order of the accounts. */
export async function listSuspicious(
  { reports }: Pick<OwnStore, 'reports'>,
  asked: { cinemas: AskedCinemas; after: readonly [account: string, kind: string] | null; limit: number },
): Promise<Omit<SuspiciousRow, 'cinemaCode'>[]> {
  const { cinemas, after, limit } = asked;
  const isBehind = after === null ? sql.lit(true) : sql`(account, kind) > (${sql.join(after)})`;
  const { rows } = await sql<Omit<SuspiciousRow, 'cinemaCode'>>`
    select account, kind, cast(sum(records) as bigint) as records, max(latest_at) as latest_at from suspicious
    where ${isOfCinemas(cinemas, sql`cinema_code`)} and ${isBehind} group by account, kind order by account, kind limit ${limit}
  `.execute(reports);
  return rows;
}
