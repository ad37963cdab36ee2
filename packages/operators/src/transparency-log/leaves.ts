import { escapeInJson } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { OperationRow, OperationTables } from './log-tables.ts';

/**
 * An operation as a line of JSON without its newline: what `audit list` prints, byte for byte, and the leaf that the log
 * hashes, so that its members and their order never change. `index`: its place in the log, from 0; null if it has none
 * yet.
 */
export function auditLine(index: number | null, row: OperationRow): string {
  const head = JSON.stringify({
    Index: index,
    Id: row.id,
    Name: row.name,
    Actor: row.actor,
    From: row.from,
    BeganAt: row.beganAt,
    EndedAt: row.endedAt,
    Of: row.of,
    Failed: row.failed !== 0,
  });
  const { what, before, after } = row;
  return escapeInJson(`${head.slice(0, -1)},"What":${what},"Before":${before ?? 'null'},"After":${after ?? 'null'}}`);
}

/** The leaves of entries at their places, by entry: what is hashed, made again from the rows. Entries without a row are left out. */
export async function leavesOf(
  { rowsAsTable }: Store<OperationTables>,
  db: Kysely<OperationTables>,
  entries: readonly { readonly entry: string; readonly position: number }[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom(rowsAsTable(entries, { entry: 'text', position: 'integer' }).as('placed'))
    .innerJoin('operation', 'operation.id', 'placed.entry')
    .selectAll('operation')
    .select('placed.position')
    .execute();
  return new Map(rows.map(({ position, ...row }) => [row.id, auditLine(position, row)]));
}
