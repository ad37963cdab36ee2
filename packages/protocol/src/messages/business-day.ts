import * as z from 'zod';
import type { CinemaCode, FilmTicketCode } from '../codes.ts';
import { type BusinessDate, hourOf, parseBusinessDate, parseWallClockHour, type WallClock } from '../time.ts';
import type { checkTicketJson } from './check-record.ts';
import {
  cinemaCode,
  element,
  filled,
  filmTicketCode,
  parseCount,
  parseFilledText,
  parseText,
  time,
} from './elements.ts';
import { refuseErrorReply } from './error-reply.ts';
import { type HourOfRecords, isOfDay, listedHoursJson, parseHash } from './list-check-records.ts';
import { parseRecordId, type RecordId } from './record-id.ts';

/** How a record may differ between a platform and the one above, in the words of the platform below. Reading X7. */
const DIFFERENCE_KINDS = [
  'missing-upstream',
  'refused-upstream',
  'missing-here',
  'quarantined-upstream',
  'quarantined-here',
  'undone-here',
  'undone-upstream',
  'differs',
  'undelivered-upstream',
  'on-its-way',
  'completed',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** A record that a platform has found to differ from what the one above lists. */
export type ToldDifference = {
  readonly kind: DifferenceKind;
  readonly recordId: RecordId;
  readonly filmTicketCode: FilmTicketCode;
  readonly startTime: WallClock;
  readonly checkTime: WallClock;
  /** The code with which somebody keeps it aside or refused it; null where nobody does. */
  readonly errorCode: string | null;
  /** Wire names of the elements that differ. */
  readonly elements: readonly string[];
};

/** What came of comparing a business date that is over with the records of the platform above. */
export type ComparedDay = {
  /** What each hour holds; the records that a platform without the extension `check-records` cannot be asked for. */
  readonly hours: readonly HourOfRecords[];
  /** At most `MAX_TOLD_DIFFERENCES`. */
  readonly differences: readonly ToldDifference[];
  /** How many of the same comparison were told in earlier calls. */
  readonly before: number;
  /** Whether more of them follow: the comparison counts once the last of them is told. */
  readonly follow: boolean;
};

/** QueryData of ReportBusinessDay: what a platform holds of a cinema and business date. Extension `business-days`; reading X10. */
export type BusinessDayReport = {
  readonly cinemaCode: CinemaCode;
  readonly businessDate: BusinessDate;
  /** When it was counted, by the clock of whoever counts; the same in all calls of one comparison, and in those of no other. */
  readonly countedAt: WallClock;
  /** Records that count as entries. */
  readonly entries: number;
  /** Of these, the ones that the platform above has accepted. */
  readonly delivered: number;
  /** null: it was counted only, as while the business date goes on. */
  readonly compared: ComparedDay | null;
};

/** Of business dates that lie further back nothing is told: their records are compared in other ways, and what is told is kept for years. */
export const MAX_TOLD_DAYS_BACK = 92;

/** So many differences one message holds; some 250 KB. */
export const MAX_TOLD_DIFFERENCES = 1000;
/** So many, to a platform that does not announce `named-differences`. */
export const MAX_TOLD_DIFFERENCES_PLAIN = 100;
/** So many of one cinema and business date are named: 100,000 of either side. */
export const MAX_NAMED_DIFFERENCES = 200_000;
const MAX_HOURS = 24;
const MAX_ELEMENTS = 16;
const ERROR_CODE = /^[A-Z0-9_]{1,32}$/;

/** What a record may differ in, by its wire names. How it was made (`Gate`, `Offline`) is compared by nobody. */
const ELEMENTS = [
  'RecordId',
  'TicketInfoCode',
  'CheckTime',
  'ScreenCode',
  'ScreenName',
  'FilmCode',
  'FilmName',
  'SessionCode',
  'StartTime',
  'TicketType',
  'FilmTicketCode',
  'RowNum',
  'ColumnNum',
  'Price',
  'Service',
  'OverriddenVerdict',
] as const satisfies readonly (keyof ReturnType<typeof checkTicketJson>)[];

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

const differences = z
  .array(
    z
      .object({
        Kind: z.enum(DIFFERENCE_KINDS),
        RecordId: element(filled(parseRecordId)),
        FilmTicketCode: filmTicketCode,
        StartTime: time,
        CheckTime: time,
        ErrorCode: element(parseText).optional(),
        Elements: z.array(element(parseFilledText)).max(MAX_ELEMENTS).optional(),
      })
      .transform(
        (told): ToldDifference => ({
          kind: told.Kind,
          recordId: told.RecordId,
          filmTicketCode: told.FilmTicketCode,
          startTime: told.StartTime,
          checkTime: told.CheckTime,
          // Others stand in no list of ours, and are left out, so that a telling stays small whoever writes it.
          errorCode: ERROR_CODE.test(told.ErrorCode ?? '') ? (told.ErrorCode ?? null) : null,
          elements: ELEMENTS.filter((name) => told.Elements?.includes(name)),
        }),
      ),
  )
  .max(MAX_TOLD_DIFFERENCES, `must have at most ${MAX_TOLD_DIFFERENCES} elements`);

/**
 * Reads QueryData of ReportBusinessDay. Throws INVALID_QUERY, also where more was delivered than there are entries, and for an hour or
 * a difference that does not lie on the business date.
 */
export const reportBusinessDayQuery = z
  .object({
    CinemaCode: cinemaCode,
    BusinessDate: element(filled(parseBusinessDate)),
    CountedAt: time,
    Entries: count,
    Delivered: count,
    Hours: hours.optional(),
    Differences: differences.optional(),
    DifferencesBefore: count.optional(),
    DifferencesFollow: z.boolean().optional(),
  })
  .superRefine((query, ctx) => {
    const refuse = (name: string, message: string) =>
      ctx.addIssue({ code: 'custom', path: [name], message, params: { errorCode: 'INVALID_QUERY' } });
    const date = query.BusinessDate;
    const told = query.Hours ?? [];
    if (query.Delivered > query.Entries) refuse('Delivered', 'must not be more than Entries');
    if (!told.every(({ hour }) => isOfDay(hour, date))) refuse('Hours', `must lie on the business date ${date}`);
    if (new Set(told.map(({ hour }) => hour)).size < told.length) refuse('Hours', 'must not hold an hour twice');
    if (!(query.Differences ?? []).every(({ checkTime }) => isOfDay(hourOf(checkTime), date)))
      refuse('Differences', `must lie on the business date ${date}`);
    if ((query.DifferencesBefore ?? 0) + (query.Differences ?? []).length > MAX_NAMED_DIFFERENCES)
      refuse('DifferencesBefore', `must lead to no more than ${MAX_NAMED_DIFFERENCES} differences`);
  })
  .transform(
    (query): BusinessDayReport => ({
      cinemaCode: query.CinemaCode,
      businessDate: query.BusinessDate,
      countedAt: query.CountedAt,
      entries: query.Entries,
      delivered: query.Delivered,
      compared:
        query.Hours === undefined
          ? null
          : {
              hours: query.Hours,
              differences: query.Differences ?? [],
              before: query.DifferencesBefore ?? 0,
              follow: query.DifferencesFollow ?? false,
            },
    }),
  );

/** Writes QueryData of ReportBusinessDay. */
export const reportBusinessDayQueryJson = ({ compared, ...day }: BusinessDayReport) => ({
  CinemaCode: day.cinemaCode,
  BusinessDate: day.businessDate,
  CountedAt: day.countedAt,
  Entries: day.entries,
  Delivered: day.delivered,
  ...(compared !== null && {
    ...listedHoursJson(compared.hours),
    ...(compared.differences.length > 0 && {
      Differences: compared.differences.map((told) => ({
        Kind: told.kind,
        RecordId: told.recordId,
        FilmTicketCode: told.filmTicketCode,
        StartTime: told.startTime,
        CheckTime: told.checkTime,
        ...(told.errorCode !== null && { ErrorCode: told.errorCode }),
        ...(told.elements.length > 0 && { Elements: told.elements }),
      })),
    }),
    ...(compared.before > 0 && { DifferencesBefore: compared.before }),
    ...(compared.follow && { DifferencesFollow: true }),
  }),
});

/** `kept`: false where what is kept was counted later, or differences that were told before are not there. */
type ReportBusinessDayReply = { readonly kept: boolean };

/** Writes ReplyData of ReportBusinessDay. */
export const reportBusinessDayReplyJson = ({ kept }: ReportBusinessDayReply) => ({ Kept: kept });

/** Reads ReplyData of ReportBusinessDay. Throws the peer's documented ErrorCode. */
export const readReportBusinessDayReply = (replyData: Record<string, unknown>): ReportBusinessDayReply => {
  refuseErrorReply(replyData);
  return { kept: replyData.Kept !== false };
};
