import { isJsonObject } from '../envelope/read-json-body.ts';
import { ERROR_CODES, type ErrorCode, isErrorCode, ProtocolError } from '../errors.ts';
import { quoted, REPLY_BOUNDS } from '../reply-bounds.ts';
import type { ApiName } from './apis.ts';

/** Writes ReplyData that refuses a request or answers that something is unknown. Reading E9. */
export const errorReplyJson = (code: ErrorCode, message: string) => ({ ErrorCode: code, ErrorMessage: message });

/** What ErrorMessage may be written in; the first unless an account has chosen. */
export const MESSAGE_LANGUAGES = ['en', 'zh'] as const;

export type MessageLanguage = (typeof MESSAGE_LANGUAGES)[number];

/** ReplyData whose error, and the error of each record it names, says in Chinese what the code means, and then the particulars as they are. */
export const inChinese = (replyData: unknown): unknown => {
  if (!isJsonObject(replyData)) return replyData;
  const { ErrorCode: code, ErrorMessage: message, Rejected, Quarantined } = replyData;
  return {
    ...replyData,
    ...(isErrorCode(code) && typeof message === 'string' && { ErrorMessage: `${ERROR_CODES[code].zh}（${message}）` }),
    ...(Array.isArray(Rejected) && { Rejected: Rejected.map(inChinese) }),
    ...(Array.isArray(Quarantined) && { Quarantined: Quarantined.map(inChinese) }),
  };
};

/** What a peer refused, in its own words as far as they are short; its codes need not be ours. */
export type PeerError = { readonly code: string; readonly message: string };

const textOf = (value: unknown): string =>
  typeof value === 'string' ? quoted(value) : typeof value === 'number' ? String(value) : '';

/** Reads ErrorCode and ErrorMessage of a reply; null if there is no ErrorCode. Readings E9 and E12. */
export const readErrorReply = (replyData: Record<string, unknown>): PeerError | null => {
  const code = textOf(replyData.ErrorCode);
  return code === '' ? null : { code, message: textOf(replyData.ErrorMessage) };
};

/** Throws what a reply refuses with, where its ErrorCode is one of the documented codes. */
export const refuseErrorReply = (replyData: Record<string, unknown>): void => {
  const { code, message } = readErrorReply(replyData) ?? { code: null, message: '' };
  if (isErrorCode(code)) throw new ProtocolError(code, message);
};

/** Says that the reply of a peer cannot be used. */
export const unusableReply = (api: ApiName, what: string): ProtocolError =>
  new ProtocolError('UPSTREAM_UNAVAILABLE', `the reply to ${api} ${what}`);

/** The list of JSON objects in a reply. Throws what the reply refuses with, or UPSTREAM_UNAVAILABLE. */
export const listIn = (replyData: Record<string, unknown>, name: string, api: ApiName) => {
  const list = replyData[name];
  if (list === undefined) refuseErrorReply(replyData);
  if (!Array.isArray(list) || list.length > REPLY_BOUNDS.rows || !list.every(isJsonObject))
    throw unusableReply(api, `holds no list ${name} of at most ${REPLY_BOUNDS.rows} JSON objects`);
  return list;
};

/** Throws what a reply refuses with, or UPSTREAM_UNAVAILABLE, where it lacks the element that answers `api`. */
export const refuseWithout = (element: string, api: ApiName, replyData: Record<string, unknown>): void => {
  if (replyData[element] !== undefined && replyData[element] !== null) return;
  refuseErrorReply(replyData);
  throw new ProtocolError('UPSTREAM_UNAVAILABLE', `the reply to ${api} holds no ${element}`, { element });
};
