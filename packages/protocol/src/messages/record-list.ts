import * as z from 'zod';
import type { ErrorCode } from '../errors.ts';
import { MOST_RECORDS } from './apis.ts';

const tooMany: { errorCode: ErrorCode } = { errorCode: 'TOO_MANY_RECORDS' };

/** A list of at most 1000 raw records; the length is judged before any of them is looked at. */
export const rawRecords = z.array(z.unknown()).superRefine((records, ctx) => {
  if (records.length <= MOST_RECORDS) return;
  const message = `must hold at most ${MOST_RECORDS} records, holds ${records.length}`;
  ctx.addIssue({ code: 'custom', message, params: tooMany, continue: false });
});
