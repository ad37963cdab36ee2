import * as z from 'zod';
import type { CinemaCode } from '../codes.ts';
import { type BusinessDate, parseBusinessDate, parseWallClockHour, type WallClock } from '../time.ts';
import { cinemaCode, element, filled, parseCount, time } from './elements.ts';
import { refuseErrorReply } from './error-reply.ts';
import { type HourOfRecords, isOfDay, listedHoursJson, parseHash } from './list-check-records.ts';

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

const count = element(parseCount);

const hours = z
  .array(
    z
      .object({
        Hour: element(filled(parseWallClockHour)),
        Records: count,
        Hash: element(parseHash),
        Quarantined: count,
        Undelivered: count,
      })
      .transform(
        ({ Hour, Records, Hash, Quarantined, Undelivered }): HourOfRecords => ({
          hour: Hour,
          records: Records,
          hash: Hash,
          quarantined: Quarantined,
          undelivered: Undelivered,
        }),
      ),
  )
  .max(MAX_HOURS, `must have at most ${MAX_HOURS} elements`);

/**
 * Reads QueryData of ReportBusinessDay. Throws INVALID_QUERY, also where more was delivered than there are entries, and for an hour
 * that does not lie on the business date.
 */
export const reportBusinessDayQuery = z
  .object({
    CinemaCode: cinemaCode,
    BusinessDate: element(filled(parseBusinessDate)),
    CountedAt: time,
    Entries: count,
    Delivered: count,
    Hours: hours.optional(),
  })
  .superRefine((query, ctx) => {
    const refuse = (name: string, message: string) =>
      ctx.addIssue({ code: 'custom', path: [name], message, params: { errorCode: 'INVALID_QUERY' } });
    const date = query.BusinessDate;
    const told = query.Hours ?? [];
    if (query.Delivered > query.Entries) refuse('Delivered', 'must not be more than Entries');
    if (!told.every(({ hour }) => isOfDay(hour, date))) refuse('Hours', `must lie on the business date ${date}`);
    if (new Set(told.map(({ hour }) => hour)).size < told.length) refuse('Hours', 'must not hold an hour twice');
  })
  .transform(
    (query): BusinessDayReport => ({
      cinemaCode: query.CinemaCode,
      businessDate: query.BusinessDate,
      countedAt: query.CountedAt,
      entries: query.Entries,
      delivered: query.Delivered,
      hours: query.Hours ?? null,
    }),
  );

/** Writes QueryData of ReportBusinessDay. */
export const reportBusinessDayQueryJson = (day: BusinessDayReport) => ({
  CinemaCode: day.cinemaCode,
  BusinessDate: day.businessDate,
  CountedAt: day.countedAt,
  Entries: day.entries,
  Delivered: day.delivered,
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
