import { hash } from 'node:crypto';
import { type CinemaCode, isWallClock, ProtocolError, type WallClock } from '@ticket-check/protocol';

/** The position of a reader. */
export type Place =
  /**
   * It began with what may matter still: changes up to the place `head`, of sessions that begin at `since` or later, in the order of
   * their sessions. `after` is the last one that it was given.
   */
  | {
      readonly kind: 'beginning';
      readonly head: number;
      readonly since: WallClock;
      readonly after: { readonly startTime: WallClock; readonly position: number } | null;
    }
  /** It has all up to this place, and reads on in the order of the places. */
  | { readonly kind: 'following'; readonly position: number };

/** What a cursor holds for: one generation of the data, and one set of cinemas. */
export type CursorScope = { readonly generation: string; readonly cinemas: ReadonlySet<CinemaCode> | 'all' };

const UNSPECIFIED = '-';

export function writeCursor(place: Place, scope: CursorScope): string {
  const where =
    place.kind === 'following'
      ? ['f', place.position]
      : ['b', place.head, place.since, place.after?.startTime ?? UNSPECIFIED, place.after?.position ?? 0];
  return Buffer.from([scope.generation, cinemasText(scope), ...where].join(' ')).toString('base64url');
}

const FOLLOWING = /^(\S+) (\S+) f (\d{1,15})$/;
const BEGINNING = /^(\S+) (\S+) b (\d{1,15}) (\S{19}) (\S{1,19}) (\d{1,15})$/;

/**
 * Reads a cursor. It is not signed: with a forged one a caller only reads from another place what it may read anyway.
 *
 * @throws ProtocolError INVALID_QUERY if it is malformed, CURSOR_UNKNOWN if it belongs to other data or other cinemas.
 */
export function readCursor(text: string, scope: CursorScope, head: number): Place {
  const plain = Buffer.from(text, 'base64url').toString('latin1');
  const following = FOLLOWING.exec(plain);
  const beginning = BEGINNING.exec(plain);
  const [, generation, cinemas] = following ?? beginning ?? [];
  const place =
    following !== null ? { kind: 'following' as const, position: Number(following[3]) } : placeIn(beginning);
  if (place === null || Buffer.from(plain, 'latin1').toString('base64url') !== text) {
    throw new ProtocolError('INVALID_QUERY', 'Cursor must be empty, or the Cursor of an earlier page', {
      element: 'Cursor',
    });
  }
  const reached = place.kind === 'following' ? place.position : place.head;
  if (generation !== scope.generation || cinemas !== cinemasText(scope) || reached > head) {
    throw new ProtocolError('CURSOR_UNKNOWN', 'The cursor is of other data or of other cinemas; begin again.');
  }
  return place;
}

function placeIn(match: RegExpExecArray | null): Place | null {
  const [, , , head, since = '', startTime = '', position] = match ?? [];
  if (!isWallClock(since) || !(startTime === UNSPECIFIED || isWallClock(startTime))) return null;
  const after = startTime === UNSPECIFIED ? null : { startTime: startTime as WallClock, position: Number(position) };
  return { kind: 'beginning', head: Number(head), since, after };
}

function cinemasText({ cinemas }: CursorScope): string {
  return cinemas === 'all' ? cinemas : hash('sha256', [...cinemas].sort().join(' ')).slice(0, 16);
}
