import { z } from 'zod';

/** An admission of this terminal that was not undone, as JSON and screens have it. */
export const ENTRY_ROW = z.object({
  RecordId: z.string(),
  CinemaCode: z.string(),
  FilmTicketCode: z.string(),
  StartTime: z.string(),
  CheckTime: z.string(),
  Gate: z.string(),
  ScreenName: z.string(),
  FilmName: z.string(),
  RowNum: z.number(),
  ColumnNum: z.number(),
});

export type EntryRow = z.output<typeof ENTRY_ROW>;
