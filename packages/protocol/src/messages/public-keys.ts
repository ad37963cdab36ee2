import type * as z from 'zod';
import type { CinemaCode } from '../codes.ts';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { type ErrorCode, ProtocolError } from '../errors.ts';
import { type CinemaKey, MAX_KEYS, parsePublicKey } from '../public-key/cinema-keys.ts';
import { cinemaCode, element, filled, lenient, message, readForeignName, readMoment } from './elements.ts';
import { refuseErrorReply, unusableReply } from './error-reply.ts';
import { parseRow } from './parse-message.ts';

/** QueryData of GetPublicKeys. Scheme 6.6.1.2. */
export const getPublicKeysQuery = message({ CinemaCode: cinemaCode });
export type GetPublicKeysQuery = z.output<typeof getPublicKeysQuery>;

export const getPublicKeysQueryJson = (cinema: CinemaCode) => ({ CinemaCode: cinema });

/**
 * Writes ReplyData of GetPublicKeys, in the order given. For extended callers only: `refreshed`, whether the keys were fetched from
 * the platform above for this very question, and what the cinema is called. Scheme 6.6.1.4; readings K4, X1.
 */
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
export const readPublicKeysReply = (replyData: Record<string, unknown>): PublicKeysReply => {
  const steps = publicKeysReplySteps(replyData);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
};

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

type Row = { readonly index: number; readonly row: unknown };

const ROWS_A_STEP = 256;

/** The rows that are read at all, in the order of the reply; of those with one StartTime the first. */
function* newestRows(rows: readonly unknown[]): Generator<void, Row[], void> {
  const newest: (Row & { startTime: string })[] = [];
  for (const [index, row] of rows.entries()) {
    if (index % ROWS_A_STEP === ROWS_A_STEP - 1) yield;
    const startTime = startTimeOf(row);
    const isFull = newest.length === MAX_KEYS;
    if (isFull && startTime <= (newest.at(-1)?.startTime ?? '')) continue;
    if (isFull) newest.pop();
    const place = newest.findIndex((other) => other.startTime < startTime);
    newest.splice(place === -1 ? newest.length : place, 0, { index, row, startTime });
  }
  return newest.sort((a, b) => a.index - b.index);
}

const startTimeOf = (row: unknown): string => (isJsonObject(row) ? lenient(row.StartTime, readMoment, '') : '');
