import { z } from 'zod';

/** A check record in a list: without its code, which is half of its bytes. */
export const RECORD_ROW = z.looseObject({
  RecordId: z.string(),
  CinemaCode: z.string(),
  FilmTicketCode: z.string(),
  CheckTime: z.string(),
  StartTime: z.string(),
  ScreenCode: z.string(),
  ScreenName: z.string(),
  SessionCode: z.string(),
  FilmCode: z.string(),
  FilmName: z.string(),
  TicketType: z.string().describe('empty: not known, which reading R5 calls incomplete'),
  RowNum: z.number(),
  ColumnNum: z.number(),
  Price: z.number(),
  Service: z.number(),
  Account: z.string().optional().describe('who reported it, which at a third-party platform is the terminal'),
  Gate: z.string().optional(),
  ReceivedAt: z.string(),
  State: z.enum(['DELIVERED', 'WAITING', 'PARKED', 'QUARANTINED']).optional(),
  SentAt: z.string().optional(),
  DeliveredAt: z.string().optional(),
  First: z.boolean().describe('whether it is the first entry of its ticket'),
  UndoneAt: z.string().optional(),
  Quarantined: z.boolean(),
  ErrorCode: z.string().nullable().describe('why it is quarantined'),
  OverriddenVerdict: z.string().optional().describe('the refusal that a supervisor overrode'),
  Offline: z.boolean().nullable().optional(),
});

export type RecordRow = z.output<typeof RECORD_ROW>;

/** A row of a report: of what it counts by; of a cinema, and of all together, only the counts. */
export const REPORT_ROW = z.looseObject({
  BusinessDate: z.string(),
  LastBusinessDate: z.string().optional().describe('of a report of several dates'),
  CinemaCode: z.string().optional(),
  Entries: z.number().optional(),
  Price: z.number().optional().describe('of all entries, in yuan; by session-total and type'),
  Service: z.number().optional(),
  Sold: z.number().optional().describe('tickets sold and not refunded, where they are known; with their money'),
  SoldPrice: z.number().optional(),
  SoldService: z.number().optional(),
});

export type ReportRow = z.output<typeof REPORT_ROW>;

/** What reached the upstream of what was admitted in a cinema on a business date. */
export const COMPLETENESS_ROW = z.object({
  BusinessDate: z.string(),
  CinemaCode: z.string(),
  Entries: z.number(),
  Delivered: z.number(),
  Completeness: z.number().nullable(),
  Alarm: z.boolean().describe('the date is over and less than is demanded has arrived'),
});

/** A record that differs from what the platform above has. */
export const DIFFERENCE_ROW = z.looseObject({
  Kind: z.string(),
  RecordId: z.string(),
  CinemaCode: z.string(),
  FilmTicketCode: z.string(),
  StartTime: z.string(),
  CheckTime: z.string(),
  Compared: z.enum(['records', 'status']),
  ErrorCode: z.string().optional(),
  Elements: z.record(z.string(), z.object({ Here: z.unknown(), Upstream: z.unknown() })).optional(),
  Advice: z.string(),
  AdviceZh: z.string(),
});

export type DifferenceRow = z.output<typeof DIFFERENCE_ROW>;

/** A comparison that was made. */
export const RECONCILED_ROW = z.object({
  BeganAt: z.string(),
  EndedAt: z.string(),
  BusinessDate: z.string(),
  CinemaCodes: z.array(z.string()).describe('`*`: all that there are'),
  Records: z.number().nullable().describe('that there were here; null of a command'),
  Differing: z.number(),
  Failed: z.number().describe('cinemas that could not be compared'),
});
