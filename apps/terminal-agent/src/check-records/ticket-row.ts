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
