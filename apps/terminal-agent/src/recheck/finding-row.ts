import { z } from 'zod';
import { TICKET } from '../check-records/ticket-row.ts';

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
