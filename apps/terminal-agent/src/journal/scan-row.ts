import { z } from 'zod';
import { FIRST, REFUSAL_ROW } from './refusal-row.ts';

/** A scan as commands, JSON and screens have it. */
export const SCAN_ROW = z.object({
  Sequence: z.number(),
  RecordId: z.string(),
  Gate: z.string(),
  ScannedAt: z.string(),
  Verdict: z.string().nullable().describe('null while it is undecided'),
  Detail: z.string().nullable(),
  Confirmed: z.boolean().nullable(),
  RefundStateKnown: z.boolean().nullable(),
  ChangesKnownAt: z.string().nullable(),
  ClockTrusted: z.boolean(),
  CinemaCode: z.string().nullable(),
  FilmTicketCode: z.string().nullable(),
  StartTime: z.string().nullable(),
  ETicketTime: z.string().nullable(),
  ETicketAgeSeconds: z.number().nullable(),
  DecidedAt: z.string().nullable(),
  OpenedAt: z.string().nullable().describe('null on an admission whose gate is not known to have opened'),
  LateVerdict: z.string().nullable(),
  LateNoticedAt: z.string().nullable(),
  LateFirstEntry: z.string().nullable(),
  Overrides: z.string().optional(),
  OverriddenBy: z.string().optional(),
  OverrideReason: z.string().optional(),
  First: FIRST.optional().describe('of a refusal of today, for people'),
  LetInBy: z.string().optional().describe('who let its guest in later, for people'),
  Refusal: REFUSAL_ROW.optional().describe('of a look-up: what a supervisor can override'),
});

export type ScanRow = z.output<typeof SCAN_ROW>;
