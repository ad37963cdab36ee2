import type * as z from 'zod';
import type { CinemaCode } from '../codes.ts';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { type ErrorCode, ProtocolError } from '../errors.ts';
import { type CinemaKey, MAX_KEYS, newestFirst, parsePublicKey } from '../public-key/cinema-keys.ts';
import { atOnce } from '../text.ts';
import { cinemaCode, element, filled, lenient, message, readForeignName, readMoment } from './elements.ts';
import { refuseErrorReply, unusableReply } from './error-reply.ts';
import { parseRow } from './parse-message.ts';

/** QueryData of GetPublicKeys. Scheme 6.6.1.2. */
export const getPublicKeysQuery = message({ CinemaCode: cinemaCode });
export type GetPublicKeysQuery = z.output<typeof getPublicKeysQuery>;

export const getPublicKeysQueryJson = (cinema: CinemaCode) => ({ CinemaCode: cinema });

/** Writes ReplyData of GetPublicKeys, in the order given; the options are for extended callers only. Scheme 6.6.1.4; K4, X1. */
export const publicKeysReplyJson = (
  keys: readonly Pick<CinemaKey, 'spki' | 'startTime'>[],
  { refreshed, cinemaName = '' }: { refreshed?: boolean; cinemaName?: string } = {},
) => ({
  PublicKeys: keys.map(({ spki, startTime }) => ({ PublicKey: spki, StartTime: startTime })),
  ...(refreshed !== undefined && { Refreshed: refreshed }),
  ...(cinemaName !== '' && { CinemaName: cinemaName }),
});

const keyRow = message({
  PublicKey: element(filled((text) => parsePublicKey(text))),
  StartTime: element(readMoment),
}).transform(({ publicKey, startTime }): CinemaKey => ({ ...publicKey, startTime }));

/** The keys of a reply, those that can be used and those that cannot. */
export type PublicKeysReply = {
  readonly keys: CinemaKey[];
  readonly unusable: { readonly index: number; readonly errorCode: ErrorCode; readonly errorMessage: string }[];
  /** How many keys were left out, those with the earliest StartTime, because the reply holds more than a cinema may have. */
  readonly beyondLimit: number;
  /** False if an extended peer answered from a copy, so that a newer key may exist. Reading K4. */
  readonly refreshed: boolean;
  /** What the peer calls the cinema; empty if it does not say. */
  readonly cinemaName: string;
};

/**
 * Begins to read ReplyData of GetPublicKeys and answers the steps in which the rest is read, so that others have their turn
 * between two of them: a key costs up to a millisecond, and a list may be as long as a reply. A key that cannot be used
 * does not spoil the others, and of more keys than a cinema may have the latest are read. Throws the peer's ErrorCode, or
 * UPSTREAM_UNAVAILABLE where there is no list of keys. Scheme 6.6.1.4; reading K3.
 */
export const publicKeysReplySteps = (replyData: Record<string, unknown>): Generator<void, PublicKeysReply, void> => {
  const { PublicKeys: rows, Refreshed, CinemaName } = replyData;
  if (!Array.isArray(rows)) refuseErrorReply(replyData);
  if (!Array.isArray(rows)) throw unusableReply('GetPublicKeys', 'holds no list of PublicKeys');
  return readRows(rows, { refreshed: Refreshed !== false, cinemaName: lenient(CinemaName, readForeignName, '') });
};

/** Reads ReplyData of GetPublicKeys in one piece; otherwise as `publicKeysReplySteps`. */
export const readPublicKeysReply = (replyData: Record<string, unknown>): PublicKeysReply =>
  atOnce(publicKeysReplySteps(replyData));

function* readRows(
  rows: readonly unknown[],
  said: Pick<PublicKeysReply, 'refreshed' | 'cinemaName'>,
): Generator<void, PublicKeysReply, void> {
  const within = yield* newestRows(rows);
  const reply: PublicKeysReply = { keys: [], unusable: [], beyondLimit: rows.length - within.length, ...said };
  for (const { index, row } of within) {
    try {
      reply.keys.push(parseRow(keyRow, row));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      reply.unusable.push({ index, errorCode: error.code, errorMessage: error.message });
    }
    yield;
  }
  return reply;
}

type Row = { readonly index: number; readonly row: unknown; readonly startTime: string };

const ROWS_A_STEP = 256;

/** The rows that are read at all, in the order of the reply; of those with one StartTime the first. */
function* newestRows(rows: readonly unknown[]): Generator<void, Row[], void> {
  let newest: Row[] = [];
  for (let from = 0; from < rows.length; from += ROWS_A_STEP) {
    if (from > 0) yield;
    const part = rows.slice(from, from + ROWS_A_STEP);
    const more = part.map((row, at) => ({ index: from + at, row, startTime: startTimeOf(row) }));
    newest = [...newest, ...more].sort(newestFirst).slice(0, MAX_KEYS);
  }
  return newest.sort((a, b) => a.index - b.index);
}

const startTimeOf = (row: unknown): string => (isJsonObject(row) ? lenient(row.StartTime, readMoment, '') : '');
