import { escapeInJson } from '@ticket-check/runtime';
import type { OperationRow } from '../migrations.ts';

/**
 * An operation as a line of JSON without its newline: what `audit list` prints, byte for byte, and the leaf that the log hashes.
 * Its members and their order never change: another form would be another leaf. JSON in the row is copied unchanged.
 *
 * @param index its place in the log, from 0; null if it has none yet
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
