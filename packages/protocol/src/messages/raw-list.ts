import * as z from 'zod';
import type { ErrorCode } from '../errors.ts';
import { MAX_RECORDS, MAX_TICKETS } from './apis.ts';

/** A bounded list of raw items; the length is judged before any of them is looked at. */
const rawList = (max: number, what: string, errorCode: ErrorCode) =>
  z.array(z.unknown()).superRefine((items, ctx) => {
    if (items.length <= max) return;
    const message = `must hold at most ${max} ${what}, holds ${items.length}`;
    ctx.addIssue({ code: 'custom', message, params: { errorCode }, continue: false });
  });

/** A list of at most 1000 raw records. */
export const rawRecords = rawList(MAX_RECORDS, 'records', 'TOO_MANY_RECORDS');

/** A list of at most 100 raw questions about a ticket. */
export const rawTickets = rawList(MAX_TICKETS, 'tickets', 'TOO_MANY_TICKETS');
