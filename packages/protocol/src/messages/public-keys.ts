import * as z from 'zod';
import type { CinemaCode } from '../codes.ts';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { type ErrorCode, ProtocolError } from '../errors.ts';
import type { CinemaKey } from '../public-key/keys-in-force.ts';
import { type CinemaKeyMaterial, parsePublicKey } from '../public-key/parse-public-key.ts';
import { MOST_KEYS } from '../public-key/stored-keys.ts';
import { isWallClock } from '../time.ts';
import { cinemaCode, element, parseFilledText, time } from './elements.ts';
import { refuseErrorReply } from './error-reply.ts';
import { parseRow } from './parse-message.ts';

/** QueryData of GetPublicKeys. Scheme 6.6.1.2. */
export const getPublicKeysQuery = z
  .object({ CinemaCode: cinemaCode })
  .transform((query) => ({ cinemaCode: query.CinemaCode }));
export type GetPublicKeysQuery = z.output<typeof getPublicKeysQuery>;

/** Writes QueryData of GetPublicKeys. */
export const getPublicKeysQueryJson = (cinema: CinemaCode) => ({ CinemaCode: cinema });

/**
 * Writes ReplyData of GetPublicKeys, in the order given. `refreshed` is for extended callers only: whether the keys were
 * fetched from the platform above for this very question. Scheme 6.6.1.4; readings K4, X1.
 */
export const publicKeysReplyJson = (
  keys: readonly Pick<CinemaKey, 'spki' | 'startTime'>[],
  { refreshed }: { refreshed?: boolean } = {},
) => ({
  PublicKeys: keys.map(({ spki, startTime }) => ({ PublicKey: spki, StartTime: startTime })),
  ...(refreshed !== undefined && { Refreshed: refreshed }),
});

const publicKey = element((value): CinemaKeyMaterial => parsePublicKey(parseFilledText(value)));

const keyRow = z
  .object({ PublicKey: publicKey, StartTime: time })
  .transform((row): CinemaKey => ({ ...row.PublicKey, startTime: row.StartTime }));

/** A key of a reply that cannot be used. */
export type UnusableKey = { readonly index: number; readonly errorCode: ErrorCode; readonly errorMessage: string };

/** The keys of a reply, those that can be used and those that cannot. */
export type PublicKeysReply = {
  readonly keys: CinemaKey[];
  readonly unusable: UnusableKey[];
  /** How many keys were left out, those with the earliest StartTime, because the reply holds more than a cinema may have. */
  readonly beyondLimit: number;
  /** False where an extended peer answered from a copy, so that a newer key may exist. Reading K4. */
  readonly refreshed: boolean;
};

/**
 * Reads ReplyData of GetPublicKeys; a key that cannot be used does not spoil the others, and of more keys than a cinema may
 * have the latest are read.
 * Throws the peer's ErrorCode, or UPSTREAM_UNAVAILABLE where there is no PublicKeys list. Scheme 6.6.1.4; reading K3.
 */
export const readPublicKeysReply = (replyData: Record<string, unknown>): PublicKeysReply => {
  const { PublicKeys: rows } = replyData;
  if (!Array.isArray(rows)) {
    refuseErrorReply(replyData);
    throw new ProtocolError('UPSTREAM_UNAVAILABLE', 'the reply to GetPublicKeys holds no PublicKeys list');
  }
  const within = newestRows(rows);
  const beyondLimit = rows.length - within.length;
  const reply: PublicKeysReply = { keys: [], unusable: [], beyondLimit, refreshed: replyData.Refreshed !== false };
  for (const { index, row } of within) {
    try {
      reply.keys.push(parseRow(keyRow, row));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      reply.unusable.push({ index, errorCode: error.code, errorMessage: error.message });
    }
  }
  return reply;
};

/** The rows that are read at all, in the order of the reply. */
const newestRows = (rows: readonly unknown[]): { index: number; row: unknown }[] => {
  const all = rows.map((row, index) => ({ index, row }));
  if (rows.length <= MOST_KEYS) return all;
  const newest = all.toSorted((a, b) => (startTimeOf(a.row) > startTimeOf(b.row) ? -1 : 1)).slice(0, MOST_KEYS);
  return newest.sort((a, b) => a.index - b.index);
};

const startTimeOf = (row: unknown): string =>
  isJsonObject(row) && typeof row.StartTime === 'string' && isWallClock(row.StartTime) ? row.StartTime : '';
