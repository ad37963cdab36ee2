import * as z from 'zod';
import type { CinemaCode, TicketIdentity } from '../codes.ts';
import { REPLY_BOUNDS } from '../reply-bounds.ts';
import type { WallClock } from '../time.ts';
import { MAX_RECORDS } from './apis.ts';
import * as wire from './elements.ts';
import { listIn, readErrorReply, unusableReply } from './error-reply.ts';

/** What can change about a sold ticket. `eticket-live`: only its e-ticket's own QR is admitted; `eticket-ended`: its bare code is. */
export const CHANGE_KINDS = ['refunded', 'eticket-live', 'eticket-ended'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** One change of a ticket; its details are asked for with GetTicketInfo. */
export type TicketChange = TicketIdentity & { readonly kind: ChangeKind };

const limit = wire.wholeNumber.refine((number) => number >= 1 && number <= MAX_RECORDS, `must be 1 to ${MAX_RECORDS}`);

/** A question for the next page of changes. Extension `changes`; reading X9. */
export type ListChangesQuery = z.output<typeof listChangesQuery>;

/** Reads QueryData of ListChanges: at most 1000 cinemas, and pages of at most 1000 changes, which is also the default. */
export const listChangesQuery = wire.message({
  /** The cinemas whose changes to list; null for all that the account may act for. */
  CinemaCodes: wire.optional<readonly CinemaCode[]>(z.array(wire.cinemaCode).min(1).max(MAX_RECORDS)),
  /** `Cursor` of the page before; empty to begin. */
  Cursor: wire.element(wire.bounded(REPLY_BOUNDS.cursorCharacters, wire.parseText)),
  Limit: limit.default(MAX_RECORDS),
});

export const listChangesQueryJson = (query: ListChangesQuery) => ({
  ...(query.cinemaCodes !== null && { CinemaCodes: query.cinemaCodes }),
  ...wire.elementsJson(query, 'Cursor', 'Limit'),
});

export type ChangesPage = {
  readonly changes: readonly TicketChange[];
  readonly cursor: string;
  readonly more: boolean;
  /** The last page completes what the platform knew at this time; null if it gets no refunds on its own. */
  readonly asOf: WallClock | null;
};

export const changesPageJson = ({ changes, cursor, more, asOf }: ChangesPage) => ({
  Changes: changes.map((change) => wire.elementsJson(change, 'CinemaCode', 'FilmTicketCode', 'StartTime', 'Kind')),
  Cursor: cursor,
  More: more,
  AsOf: asOf,
});

const readChange = (line: Record<string, unknown>): TicketChange[] => {
  const text = wire.readElement(line, 'Kind', wire.parseText);
  // A later version may send other kinds.
  return CHANGE_KINDS.filter((kind) => kind === text).map((kind) => ({
    cinemaCode: wire.readElement(line, 'CinemaCode', wire.readCinemaCode),
    filmTicketCode: wire.readElement(line, 'FilmTicketCode', wire.readPaddedFilmTicketCode),
    startTime: wire.readElement(line, 'StartTime', wire.readMoment),
    kind,
  }));
};

/**
 * Reads ReplyData of ListChanges without changes of unknown kinds. `begin-again`: the cursor is of other data or cinemas. Throws the
 * peer's documented ErrorCode, UPSTREAM_UNAVAILABLE, or the code of the first malformed change.
 */
export const readChangesPage = (replyData: Record<string, unknown>): ChangesPage | 'begin-again' => {
  const { Cursor: cursor, More, AsOf } = replyData;
  if (readErrorReply(replyData)?.code === 'CURSOR_UNKNOWN') return 'begin-again';
  const changes = listIn(replyData, 'Changes', 'ListChanges').flatMap(readChange);
  if (typeof cursor !== 'string' || cursor === '' || cursor.length > REPLY_BOUNDS.cursorCharacters)
    throw unusableReply('ListChanges', 'holds no Cursor, or one that is too long');
  return { changes, cursor, more: wire.isTrue(More), asOf: wire.lenient(AsOf, wire.readMoment, null) };
};
