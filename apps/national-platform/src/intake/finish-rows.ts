import { ProtocolError } from '@ticket-check/protocol';
import { turn } from '@ticket-check/runtime';
import type { RowKind } from './row-kind.ts';

/**
 * Reads the rest of the rows of one request, in slices that let everybody else have their turn: a thousand keys take up to
 * two seconds.
 *
 * @throws ProtocolError with the `index` of the first row that cannot be read in its details; HTTP status 400.
 */
export async function finishRows<Row, Unread>(
  { finish }: Pick<RowKind<Row, Unread>, 'finish'>,
  unread: readonly Unread[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [index, row] of unread.entries()) {
    await turn();
    try {
      rows.push(finish(row));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new ProtocolError(error.code, error.message, { ...error.details, index }, 400);
    }
  }
  return rows;
}
