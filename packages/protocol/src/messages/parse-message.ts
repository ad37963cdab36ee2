import type * as z from 'zod';
import { inOtherLetters, isJsonObject } from '../envelope/read-json-body.ts';
import { ERROR_CODES, type ErrorCode, isErrorCode, ProtocolError } from '../errors.ts';

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

const codeOf = (issue: z.core.$ZodIssue): ErrorCode => {
  const code: unknown = issue.code === 'custom' ? issue.params?.errorCode : undefined;
  return isErrorCode(code) ? code : 'WRONG_TYPE';
};

const JSON_TYPES: Readonly<Record<string, string>> = {
  object: 'a JSON object',
  record: 'a JSON object',
  array: 'a list',
  string: 'a string',
};

/** What was sent instead of the element at the end of a path, where it is missing. */
const instead = (root: unknown, path: readonly PropertyKey[]): string => {
  const [element, ...outer] = path.toReversed();
  let object = root;
  for (const part of outer.reverse()) object = (object as Record<PropertyKey, unknown> | null | undefined)?.[part];
  return typeof element === 'string' && isJsonObject(object) && object[element] === undefined
    ? inOtherLetters(object, element)
    : '';
};

const firstFault = (error: z.ZodError, of: unknown) => {
  const [issue] = error.issues;
  if (issue === undefined) throw error;
  const message =
    issue.code === 'invalid_type' ? `must be ${JSON_TYPES[issue.expected] ?? issue.expected}` : issue.message;
  const index = issue.path.find((part) => typeof part === 'number');
  const path = pathText(issue.path);
  return { code: codeOf(issue), path, index, text: `${path || 'it'} ${message}${instead(of, issue.path)}` };
};

/**
 * Reads QueryData. Throws INVALID_QUERY with the element's name, TOO_MANY_RECORDS, or for a malformed row of an import the row's own code
 * with its `index` and HTTP status 400, since nothing of the request was done.
 */
export const parseQuery = <Q>(schema: z.ZodType<Q>, query: unknown): Q => {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  const { code, path, text, index } = firstFault(result.error, query);
  if (index !== undefined) throw new ProtocolError(code, text, { element: path, index }, 400);
  throw new ProtocolError(ERROR_CODES[code].status === 200 ? 'INVALID_QUERY' : code, text, { element: path });
};

/** Reads one row or record. Throws the record-level code of its first fault with the element's name. */
export const parseRow = <R>(schema: z.ZodType<R>, row: unknown): R => {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  const { code, path, text } = firstFault(result.error, row);
  throw new ProtocolError(code, text, { element: path });
};
