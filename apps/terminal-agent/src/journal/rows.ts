import { z } from 'zod';
import { TICKET } from '../check-records/ticket-row.ts';

/** The earlier entry or the claim of another terminal that a ticket was refused for, in words for staff. */
const FIRST = z.object({
  CheckTime: z.string().describe('when somebody entered or claimed it'),
  Words: z.string(),
  WordsZh: z.string(),
  Held: z.string().optional().describe('who holds it, if no entry is recorded'),
  HeldZh: z.string().optional(),
  ClaimUrl: z.string().optional().describe('where staff of the platform release that claim'),
});

export const REFUSAL_ROW = z.object({
  ...TICKET,
  Verdict: z.string(),
  ScannedAt: z.string(),
  Gate: z.string(),
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
  First: FIRST.optional().describe('of a refusal of today'),
  LetInBy: z.string().optional().describe('who let its guest in later'),
  Refusal: REFUSAL_ROW.optional().describe('of a look-up: what a supervisor can override'),
});

export type ScanRow = z.output<typeof SCAN_ROW>;
