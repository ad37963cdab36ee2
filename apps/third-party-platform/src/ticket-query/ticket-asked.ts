import { mayOperateFor } from '@ticket-check/operators/login';
import {
  type CinemaCode,
  type CinemaKey,
  CODE_LENGTHS,
  decodeTicketCode,
  decryptionOrder,
  ProtocolError,
  padCode,
  parseCinemaCode,
  parseFilmTicketCode,
  parseWallClock,
  readTicketCode,
  type TicketIdentity,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { DataRefused, type JsonRequest, PageError, readPart } from '@ticket-check/web-kit';

/** Those in use open nearly every genuine code; more would only keep the event loop from guests. */
const MAX_TRIED = 8;

/**
 * Which ticket is asked about: by its names, or by the code that is printed on it.
 *
 * @throws DataRefused where the query names none, or no key of the cinema opens its code; PageError `forbidden` where it is of
 * a cinema that whoever asks may not see.
 */
export async function ticketAsked(
  { query, cinemaCodes }: Pick<JsonRequest, 'query' | 'cinemaCodes'>,
  { keysOf, now }: { keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>; now: Clock },
): Promise<TicketIdentity> {
  const permitted = (cinemaCode: CinemaCode) => {
    if (!mayOperateFor({ cinemaCodes }, cinemaCode)) throw new PageError('forbidden');
  };
  const code = query.get('code')?.trim() ?? '';
  if (code !== '') {
    const { cinemaCode } = readCode(() => readTicketCode(code));
    permitted(cinemaCode);
    const keys = decryptionOrder(await keysOf(cinemaCode), wallClockAt(now())).slice(0, MAX_TRIED);
    const { fields } = readCode(() => decodeTicketCode(code, keys, { diagnose: false }));
    const { filmTicketCode, startTime } = fields;
    return { cinemaCode, filmTicketCode, startTime };
  }
  const cinemaCode = readPart(query, 'cinema', parseCinemaCode);
  const filmTicketCode = readPart(query, 'ticket', (text) =>
    parseFilmTicketCode(text.length < CODE_LENGTHS.filmTicketCode ? padCode(text, CODE_LENGTHS.filmTicketCode) : text),
  );
  const startTime = readPart(query, 'start', parseWallClock);
  if (cinemaCode === undefined || filmTicketCode === undefined || startTime === undefined) {
    throw new DataRefused('no-ticket', 'Name a ticket by cinema, ticket and start, or by its code.');
  }
  permitted(cinemaCode);
  return { cinemaCode, filmTicketCode, startTime };
}

function readCode<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) throw new DataRefused('bad-code', `code: ${error.message} (${error.code}).`);
    throw error;
  }
}
