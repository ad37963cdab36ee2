import { ProtocolError } from '../errors.ts';
import { readForeignTime, type WallClock } from '../time.ts';
import { isJsonObject, readJsonBody } from './read-json-body.ts';
import { VERSION } from './signature.ts';

export type Reply = Readonly<ReturnType<typeof readReply>>;

/** Writes a reply as compact JSON. Scheme 6.4.2. */
export const writeReply = (datetime: WallClock, replyData: unknown): string =>
  JSON.stringify({ Version: VERSION, Datetime: datetime, ReplyData: replyData });

/**
 * Reads a reply leniently: Version and unknown elements do not matter, Datetime may be missing or of another form. Throws
 * INVALID_ENCODING, INVALID_JSON, or INVALID_ENVELOPE where there is no ReplyData object. `datetime` is null where it cannot be
 * read. Scheme 6.4.2; reading E12.
 */
export const readReply = (body: Buffer) => {
  const { value } = readJsonBody(body);
  const { Datetime: datetime, ReplyData: replyData } = value;
  if (!isJsonObject(replyData)) throw new ProtocolError('INVALID_ENVELOPE', 'ReplyData must be a JSON object');
  return { datetime: datetimeOf(datetime), replyData };
};

const datetimeOf = (value: unknown): WallClock | null => {
  try {
    return typeof value === 'string' ? readForeignTime(value) : null;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
};
