import { z } from 'zod';

/** A cinema with its public keys, the newest first, and the platforms that work there. */
export const CINEMA_ROW = z.object({
  CinemaCode: z.string(),
  CinemaName: z.string(),
  Keys: z.array(z.object({ Fingerprint: z.string(), StartTime: z.string() })),
  Platforms: z.array(z.object({ Username: z.string(), LastActiveOn: z.string() })),
});

/** What a data source sent on a business date. */
export const SOURCE_ROW = z.object({
  Username: z.string().nullable().describe('null for imports by a command'),
  CinemaCodes: z.array(z.string()),
  RevokedAt: z.string().nullable(),
  LastAt: z.string().nullable(),
  Silent: z.boolean(),
  Imports: z.array(
    z.object({
      Kind: z.string(),
      Imported: z.number(),
      Unchanged: z.number(),
      LastAt: z.string().nullable(),
      Refused: z.number(),
      LastRefusedAt: z.string().nullable(),
      ErrorCode: z.string().nullable(),
    }),
  ),
});

/** A platform, and what it sent for a business date. */
export const PLATFORM_ROW = z.object({
  Username: z.string(),
  CreatedAt: z.string(),
  ExpiresAt: z.string().nullable(),
  RevokedAt: z.string().nullable(),
  Messages: z.string().describe('the language of its error messages'),
  LastHeardAt: z.string().nullable(),
  LastActiveOn: z.string().nullable(),
  Cinemas: z.number(),
  Entries: z.number(),
  Quarantined: z.number(),
  Doubles: z.number(),
});

/** A sold ticket of a session. */
export const TICKET_ROW = z.object({
  FilmTicketCode: z.string(),
  ScreenCode: z.string(),
  RowNum: z.number(),
  ColumnNum: z.number(),
  TicketType: z.string(),
  RefundTime: z.string().nullable(),
  CheckTime: z.string().nullable(),
});

/** A session and its tickets. */
export type SessionRow = {
  readonly StartTime: string;
  readonly ScreenCode: string;
  readonly ScreenName: string;
  readonly FilmName: string;
  readonly Sold: number;
  readonly Refunded: number;
  readonly Entered: number;
};

/** A cinema and platform on a business date; null: not reported by the platform. */
export const COMPLETENESS_ROW = z.object({
  BusinessDate: z.string(),
  CinemaCode: z.string(),
  Platform: z.string(),
  Accounts: z.array(z.string()).describe('whose records these are: also accounts that its own replaces'),
  Here: z.number(),
  Quarantined: z.number(),
  Admitted: z.number().nullable(),
  Missing: z.number().nullable(),
  Unsent: z.number().nullable().describe('not sent by the platform yet, or refused here'),
  Completeness: z.number().nullable(),
  Alarm: z.boolean(),
  CountedAt: z.string().nullable(),
});

const HOUR = z.object({ Records: z.number(), Quarantined: z.number() });

/** An hour that differs. */
export const HOUR_ROW = z.looseObject({
  Kind: z.string(),
  CinemaCode: z.string(),
  BusinessDate: z.string(),
  Hour: z.string(),
  Here: HOUR,
  Below: HOUR,
  Platform: z.string(),
});

export type CinemaRow = z.output<typeof CINEMA_ROW>;
export type SourceRow = z.output<typeof SOURCE_ROW>;
export type PlatformRow = z.output<typeof PLATFORM_ROW>;
export type TicketRow = z.output<typeof TICKET_ROW>;
export type CompletenessRow = z.output<typeof COMPLETENESS_ROW>;
export type HourRow = z.output<typeof HOUR_ROW>;
