import { z } from 'zod';

/**
 * What a person has to look into. `DOUBLE`: a ticket has more than one entry. `LATE_REFUND`: a ticket has an entry, and the
 * national platform says that it was refunded.
 */
export const FINDING_KINDS = ['DOUBLE', 'LATE_REFUND'] as const;

export const FINDING_ROW = z.object({
  Kind: z.enum(FINDING_KINDS),
  CinemaCode: z.string(),
  FilmTicketCode: z.string(),
  StartTime: z.string(),
  ScreenCode: z.string().optional(),
  ScreenName: z.string().optional(),
  SessionCode: z.string().optional(),
  FilmName: z.string().optional(),
  RowNum: z.number().optional(),
  ColumnNum: z.number().optional(),
  FoundAt: z.string().describe('when the record or refund came that last made it a finding'),
  RefundTime: z.string().nullable().optional().describe('of a refund; null if the national platform gave none'),
  NotedAt: z.string().nullable().describe('when an outcome was noted last; null while it is open'),
  Entries: z.array(
    z.object({
      RecordId: z.string(),
      CheckTime: z.string(),
      Account: z.string(),
      Gate: z.string().optional(),
      ReceivedAt: z.string(),
      OverriddenVerdict: z.string().optional(),
    }),
  ),
  Notes: z.array(z.object({ Outcome: z.string(), Operator: z.string(), NotedAt: z.string() })),
});

export type FindingRow = z.output<typeof FINDING_ROW>;
