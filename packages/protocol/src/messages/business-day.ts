import type * as z from 'zod';
import type { CinemaCode } from '../codes.ts';
import type { BusinessDate, WallClock } from '../time.ts';
import { businessDate, cinemaCode, count, elementsJson, message, optional, time } from './elements.ts';
import { refuseErrorReply } from './error-reply.ts';
import { type HourOfRecords, hourRows, isOfDay, listedHoursJson } from './list-check-records.ts';

/** QueryData of ReportBusinessDay: what a platform holds of a cinema and business date. Extension `business-days`; reading X10. */
export type BusinessDayReport = {
  readonly cinemaCode: CinemaCode;
  readonly businessDate: BusinessDate;
  /**
   * When the counting side counted, by its own clock; the same in all calls of one comparison, and different in every other.
   */
  readonly countedAt: WallClock;
  /** Records that count as entries. */
  readonly entries: number;
  /** How many of these the platform above has accepted. */
  readonly delivered: number;
  /** What each hour holds, of a business date that is over; null: it was counted only. */
  readonly hours: readonly HourOfRecords[] | null;
};

/** Older business dates are not reported: their records are compared in other ways, and what is reported is kept for years. */
export const MAX_TOLD_DAYS_BACK = 92;

const MAX_HOURS = 24;

/**
 * Reads QueryData of ReportBusinessDay. Throws INVALID_QUERY, also where more was delivered than there are entries, and for an hour
 * that does not lie on the business date.
 */
export const reportBusinessDayQuery: z.ZodType<BusinessDayReport> = message({
  CinemaCode: cinemaCode,
  BusinessDate: businessDate,
  CountedAt: time,
  Entries: count,
  Delivered: count,
  Hours: optional(hourRows.max(MAX_HOURS, `must have at most ${MAX_HOURS} elements`)),
}).superRefine(({ businessDate: date, entries, delivered, hours }, ctx) => {
  const refuse = (name: string, fault: string) =>
    ctx.addIssue({ code: 'custom', path: [name], message: fault, params: { errorCode: 'INVALID_QUERY' } });
  const told = hours ?? [];
  if (delivered > entries) refuse('Delivered', 'must not be more than Entries');
  if (!told.every(({ hour }) => isOfDay(hour, date))) refuse('Hours', `must lie on the business date ${date}`);
  if (new Set(told.map(({ hour }) => hour)).size < told.length) refuse('Hours', 'must not hold an hour twice');
});

/** Writes QueryData of ReportBusinessDay. */
export const reportBusinessDayQueryJson = (day: BusinessDayReport) => ({
  ...elementsJson(day, 'CinemaCode', 'BusinessDate', 'CountedAt', 'Entries', 'Delivered'),
  ...(day.hours !== null && listedHoursJson(day.hours)),
});

/** `kept`: false if what is kept was counted later. */
type ReportBusinessDayReply = { readonly kept: boolean };

/** Writes ReplyData of ReportBusinessDay. */
export const reportBusinessDayReplyJson = ({ kept }: ReportBusinessDayReply) => ({ Kept: kept });

/** Reads ReplyData of ReportBusinessDay. Throws the peer's documented ErrorCode. */
export const readReportBusinessDayReply = (replyData: Record<string, unknown>): ReportBusinessDayReply => {
  refuseErrorReply(replyData);
  return { kept: replyData.Kept !== false };
};
