import { ProtocolError } from './errors.ts';
import type { Brand } from './text.ts';
import type { WallClock } from './time.ts';

export type CinemaCode = Brand<string, 'CinemaCode'>;
/** Code of a sold ticket, 16 characters, unique with its cinema and start time. */
export type FilmTicketCode = Brand<string, 'FilmTicketCode'>;
export type ScreenCode = Brand<string, 'ScreenCode'>;
export type FilmCode = Brand<string, 'FilmCode'>;
/** Code of a session, 16 characters, opaque. Reading T5. */
export type SessionCode = Brand<string, 'SessionCode'>;
/** Code of a seat, 16 characters, opaque: never take a row or a column out of it. Reading T5. */
export type SeatCode = Brand<string, 'SeatCode'>;

/** The fixed lengths of the codes, in characters. Scheme 5.1.2 and 6.6. */
export const CODE_LENGTHS = {
  cinemaCode: 8,
  filmTicketCode: 16,
  screenCode: 16,
  filmCode: 12,
  sessionCode: 16,
  seatCode: 16,
} as const;

/** What identifies a ticket everywhere. Reading X3. */
export type TicketIdentity = {
  readonly cinemaCode: CinemaCode;
  readonly filmTicketCode: FilmTicketCode;
  readonly startTime: WallClock;
};

// Printable ASCII without space, quotes and backslash.
const CODE_CHARACTERS = /^[!#-&(-[\]-_a-~]+$/;

/** Says whether a text holds only characters that codes may hold, and at least one. */
export const hasCodeCharacters = (text: string): boolean => CODE_CHARACTERS.test(text);

const codeParser =
  <Code extends string>(length: number) =>
  (text: string): Code => {
    if (text.length !== length) {
      throw new ProtocolError('WRONG_LENGTH', `must hold ${length} characters, holds ${text.length}`);
    }
    if (!hasCodeCharacters(text)) {
      throw new ProtocolError('INVALID_CODE', 'must hold printable ASCII characters without spaces and quotes');
    }
    return text as Code;
  };

/** Reads a cinema code of exactly 8 characters, as the others theirs. Throws WRONG_LENGTH or INVALID_CODE. Scheme 5.1.2 and 6.6. */
export const parseCinemaCode = codeParser<CinemaCode>(CODE_LENGTHS.cinemaCode);
export const parseFilmTicketCode = codeParser<FilmTicketCode>(CODE_LENGTHS.filmTicketCode);
export const parseScreenCode = codeParser<ScreenCode>(CODE_LENGTHS.screenCode);
export const parseFilmCode = codeParser<FilmCode>(CODE_LENGTHS.filmCode);
export const parseSessionCode = codeParser<SessionCode>(CODE_LENGTHS.sessionCode);
export const parseSeatCode = codeParser<SeatCode>(CODE_LENGTHS.seatCode);

/** Fills a short code up to its fixed length with the character `0` at the end. Throws WRONG_LENGTH if it is longer. 5.1.2; T3. */
export const padCode = (text: string, length: number): string => {
  if (text.length > length) {
    throw new ProtocolError('WRONG_LENGTH', `must hold at most ${length} characters, holds ${text.length}`);
  }
  return text.padEnd(length, '0');
};

/** Reads cinemas as stores keep them, `all` or a JSON list: codes that were read before they were kept. */
export const storedCinemas = (kept: string): readonly CinemaCode[] | 'all' =>
  kept === 'all' ? kept : (JSON.parse(kept) as CinemaCode[]);
