import { z } from 'zod';

/** What the platform above told of an admission afterwards; a verdict of a later version is listed too. */
export const LATE_KINDS = ['ALREADY_ENTERED', 'REFUNDED'] as const;

/** An admission that should have been refused, as JSON and screens have it. */
export const FINDING_ROW = z.object({
  RecordId: z.string(),
  CinemaCode: z.string().nullable(),
  FilmTicketCode: z.string(),
  StartTime: z.string(),
  ScreenName: z.string().nullable(),
  FilmName: z.string().nullable(),
  RowNum: z.number().nullable(),
  ColumnNum: z.number().nullable(),
  Gate: z.string(),
  ScannedAt: z.string(),
  LateVerdict: z.string(),
  LateNoticedAt: z.string(),
  FirstEntry: z.string().nullable().describe('when the ticket was used elsewhere'),
  Undone: z.boolean(),
});

export type FindingRow = z.output<typeof FINDING_ROW>;
