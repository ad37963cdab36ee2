import { hash } from 'node:crypto';
import { type CinemaCode, isWallClock, ProtocolError, type WallClock } from '@ticket-check/protocol';

/** How far a reader has come in the order of the changes. */
export type Place = {
  readonly position: number;
  /** A reader that began reads, up to this position, only changes of sessions that begin at `since` or later. */
  readonly beginning: { readonly until: number; readonly since: WallClock } | null;
};

/** What a cursor holds for: one generation of the data, and one set of cinemas. */
export type CursorScope = { readonly generation: string; readonly cinemas: ReadonlySet<CinemaCode> | 'all' };

export function writeCursor({ position, beginning }: Place, scope: CursorScope): string {
  const where = beginning === null ? ['f'] : ['b', beginning.until, beginning.since];
  return Buffer.from([scope.generation, cinemasText(scope), ...where, position].join(' ')).toString('base64url');
}

const CURSOR = /^(\S+) (\S+) (?:f|b (\d{1,15}) (\S{19})) (\d{1,15})$/;

/**
 * Reads a cursor. It is not signed: with a forged one a caller only reads from another place what it may read anyway.
 *
 * @throws ProtocolError INVALID_QUERY if it is malformed, CURSOR_UNKNOWN if it belongs to other data or other cinemas.
 */
export function readCursor(text: string, scope: CursorScope, head: number): Place {
  const plain = Buffer.from(text, 'base64url').toString('latin1');
  const [, generation, cinemas, until, since = '', position] = CURSOR.exec(plain) ?? [];
  const isWhole = position !== undefined && Buffer.from(plain, 'latin1').toString('base64url') === text;
  if (!isWhole || (until !== undefined && !isWallClock(since))) {
    throw new ProtocolError('INVALID_QUERY', 'Cursor must be empty, or the Cursor of an earlier page', {
      element: 'Cursor',
    });
  }
  const beginning = until === undefined ? null : { until: Number(until), since: since as WallClock };
  const reached = Math.max(Number(position), beginning?.until ?? 0);
  if (generation !== scope.generation || cinemas !== cinemasText(scope) || reached > head) {
    throw new ProtocolError('CURSOR_UNKNOWN', 'The cursor is of other data or of other cinemas; begin again.');
  }
  return { position: Number(position), beginning };
}

function cinemasText({ cinemas }: CursorScope): string {
  return cinemas === 'all' ? cinemas : hash('sha256', [...cinemas].sort().join(' ')).slice(0, 16);
}
