import { z } from 'zod';

/** A claim without a check record, as JSON and the screen have it. */
export const CLAIM_ROW = z.object({
  RecordId: z.string(),
  CinemaCode: z.string(),
  FilmTicketCode: z.string(),
  StartTime: z.string(),
  CheckTime: z.string().describe('when the terminal scanned it'),
  Gate: z.string(),
  Username: z.string().describe('the account of the terminal'),
  ClaimedAt: z.string(),
});

export type ClaimRow = z.output<typeof CLAIM_ROW>;
