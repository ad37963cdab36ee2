import { z } from 'zod';
import { ADVICE } from '../fleet/terminal-row.ts';

/** A cinema that is served, and how its public keys are. */
export const CINEMA_ROW = z.object({
  CinemaCode: z.string(),
  Advice: z.array(ADVICE),
  FetchedAt: z.string().nullable(),
  AgeSeconds: z.number().nullable(),
  AttemptedAt: z.string().nullable(),
  Keys: z.array(z.object({ Fingerprint: z.string(), StartTime: z.string() })).describe('those in use'),
  FormerKeys: z.number(),
});

export type CinemaRow = z.output<typeof CINEMA_ROW>;
