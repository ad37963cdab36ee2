import type * as z from 'zod';
import { businessDate, cinemaCode, count, elementsJson, message, optional, refuseUnless, time } from './elements.ts';
import { refuseErrorReply } from './error-reply.ts';
import { type HourOfRecords, hourRows, isOfDay, listedHoursJson } from './list-check-records.ts';

/** Older business dates are not reported: their records are compared in other ways, and what is reported is kept for years. */
export const MAX_TOLD_DAYS_BACK = 92;

const MAX_HOURS = 24;

/** What a platform holds of a cinema and business date. Extension `business-days`; reading X10. */
export type BusinessDayReport = z.output<typeof reportBusinessDayQuery>;

/** Reads QueryData of ReportBusinessDay. Throws INVALID_QUERY, also for more delivered than entries and an hour of another date. */
export const reportBusinessDayQuery = message({
  CinemaCode: cinemaCode,
  BusinessDate: businessDate,
  /** When the counting side counted, by its own clock; the same in all calls of one comparison, and different in every other. */
  CountedAt: time,
  /** Records that count as entries, and how many of these the platform above has accepted. */
  Entries: count,
  Delivered: count,
  /** What each hour holds, of a business date that is over; null: it was counted only. */
  Hours: optional<readonly HourOfRecords[]>(hourRows.max(MAX_HOURS, `must have at most ${MAX_HOURS} elements`)),
}).superRefine(({ businessDate: date, entries, delivered, hours }, ctx) => {
  const told = hours ?? [];
  const isOnDate = told.every(({ hour }) => isOfDay(hour, date));
  refuseUnless(delivered <= entries, ctx, 'Delivered', 'must not be more than Entries');
  refuseUnless(isOnDate, ctx, 'Hours', `must lie on the business date ${date}`);
  const different = new Set(told.map(({ hour }) => hour)).size;
  refuseUnless(different === told.length, ctx, 'Hours', 'must not hold an hour twice');
});

export const reportBusinessDayQueryJson = (day: BusinessDayReport) => ({
  ...elementsJson(day, 'CinemaCode', 'BusinessDate', 'CountedAt', 'Entries', 'Delivered'),
  ...(day.hours !== null && listedHoursJson(day.hours)),
});

/** `kept`: false if what is kept was counted later. */
type ReportBusinessDayReply = { readonly kept: boolean };

export const reportBusinessDayReplyJson = ({ kept }: ReportBusinessDayReply) => ({ Kept: kept });

/** Reads ReplyData of ReportBusinessDay. Throws the peer's documented ErrorCode. */
export const readReportBusinessDayReply = (replyData: Record<string, unknown>): ReportBusinessDayReply => {
  refuseErrorReply(replyData);
  return { kept: replyData.Kept !== false };
};
