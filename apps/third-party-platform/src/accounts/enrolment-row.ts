import { z } from 'zod';

/** An account that no terminal has fetched yet, without its code. */
export const ENROLMENT_ROW = z.object({
  Username: z.string(),
  CinemaCodes: z.array(z.string()).describe('`*` is every cinema'),
  CreatedBy: z.string(),
  GoodUntil: z.string(),
});

export type EnrolmentRow = z.output<typeof ENROLMENT_ROW>;
