import { escapeInJson } from '@ticket-check/runtime';
import type { OperationRow } from '../migrations.ts';

/**
 * An operation as a line of JSON without its newline: what `audit list` prints, byte for byte, and the leaf that the log
 * hashes. Its members and their order are fixed for good: another form would be another leaf. What is JSON in the row stands in it
 * as it was written.
 *
 * @param index its place in the log, from 0 on; null where it has none yet
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
