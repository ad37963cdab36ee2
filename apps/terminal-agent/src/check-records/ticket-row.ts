import { z } from 'zod';

/** A ticket with its session and seat; a name that nobody knows is empty, an unknown number 0. */
export const TICKET = {
  RecordId: z.string(),
  CinemaCode: z.string(),
  FilmTicketCode: z.string(),
  StartTime: z.string(),
  SessionCode: z.string(),
  ScreenCode: z.string(),
  ScreenName: z.string(),
  FilmCode: z.string(),
  FilmName: z.string(),
  RowNum: z.number(),
  ColumnNum: z.number(),
};

export const ENTRY_ROW = z.object({ ...TICKET, CheckTime: z.string(), Gate: z.string() });

export type EntryRow = z.output<typeof ENTRY_ROW>;

/** What the platform above told of an admission afterwards; a verdict of a later version is listed too. */
export const LATE_KINDS = ['ALREADY_ENTERED', 'REFUNDED'] as const;

export const FINDING_ROW = z.object({
  ...TICKET,
  Gate: z.string(),
  ScannedAt: z.string(),
  LateVerdict: z.string(),
  LateNoticedAt: z.string(),
  FirstEntry: z.string().nullable().describe('when the ticket was used elsewhere'),
  Undone: z.boolean(),
});

export type FindingRow = z.output<typeof FINDING_ROW>;
