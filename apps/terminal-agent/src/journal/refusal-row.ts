import { z } from 'zod';

/** The earlier entry or the claim of another terminal that a ticket was refused for, in words for staff. */
export const FIRST = z.object({
  CheckTime: z.string().describe('when somebody entered or claimed it'),
  Words: z.string(),
  WordsZh: z.string(),
  Held: z.string().optional().describe('who holds it, if no entry is recorded'),
  HeldZh: z.string().optional(),
  ClaimUrl: z.string().optional().describe('where staff of the platform release that claim'),
});

/** A refused scan of today as JSON and screens have it. */
export const REFUSAL_ROW = z.object({
  RecordId: z.string(),
  Verdict: z.string(),
  CinemaCode: z.string(),
  FilmTicketCode: z.string(),
  StartTime: z.string(),
  ScannedAt: z.string(),
  Gate: z.string(),
  ScreenName: z.string(),
  FilmName: z.string(),
  RowNum: z.number(),
  ColumnNum: z.number(),
  ETicketAgeSeconds: z.number().nullable().describe('of the e-ticket at the scan; null for a bare code'),
  First: FIRST.nullable(),
  OverriddenBy: z.string().nullable(),
  OpenedAt: z.string().nullable().describe('when the gate opened for a guest who was let in'),
  Objection: z
    .object({ Code: z.string(), Words: z.string(), WordsZh: z.string() })
    .nullable()
    .describe('why nobody can be let in; null if somebody can'),
});

export type RefusalRow = z.output<typeof REFUSAL_ROW>;
