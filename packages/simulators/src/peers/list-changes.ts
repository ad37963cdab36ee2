import {
  changesPageJson,
  type ListChangesQuery,
  ProtocolError,
  type TicketChange,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Ledger } from './ledger.ts';
import type { PeerAccount } from './peer-accounts.ts';

/**
 * Answers ListChanges from what a ledger holds: a new reader gets every change, however old. A page looks through as many changes as it
 * may hold, of any cinema. Extension `changes`.
 */
export function listChanges(
  { changes, changesSince }: Ledger,
  { cinemaCodes, cursor, limit }: ListChangesQuery,
  { account, now }: { account: PeerAccount; now: number },
) {
  const from = cursor === '' ? 0 : placeIn(cursor, changesSince);
  const page = changes.slice(from, from + limit);
  const asked = cinemaCodes ?? account.cinemaCodes;
  const isAsked = ({ cinemaCode }: TicketChange) => asked === 'all' || asked.includes(cinemaCode);
  return changesPageJson({
    changes: page.filter(isAsked),
    cursor: `${changesSince} ${from + page.length}`,
    more: from + page.length < changes.length,
    asOf: wallClockAt(now),
  });
}

function placeIn(cursor: string, since: string): number {
  const [, of, place] = /^(\S+) (\d{1,9})$/.exec(cursor) ?? [];
  if (of === undefined) throw new ProtocolError('INVALID_QUERY', 'Cursor is invalid.', { element: 'Cursor' });
  if (of !== since) throw new ProtocolError('CURSOR_UNKNOWN', 'The cursor is of other data; begin again.');
  return Number(place);
}
