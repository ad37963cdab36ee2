import { z } from 'zod';
import { SEVERITIES } from './severities.ts';

export const ADVICE = z.object({
  Code: z.string(),
  Wrong: z.string(),
  Advice: z.string(),
  WrongZh: z.string(),
  AdviceZh: z.string(),
});

const DEVICE = z.object({
  Name: z.string(),
  Driver: z.string(),
  Enabled: z.boolean(),
  Error: z.string().nullable(),
  ErrorZh: z.string().nullable(),
  OutOfOrderSeconds: z.number().nullable().describe('null but for a gate that staff have not cleared yet'),
});

/** A terminal, and what it told last. Times are those of the platform's clock. */
export const TERMINAL_ROW = z.object({
  Username: z.string(),
  DisplayName: z.string().nullable(),
  CinemaCodes: z.array(z.string()).readonly().describe('`*` is every cinema'),
  CreatedAt: z.string(),
  Severity: z.enum(SEVERITIES),
  Advice: z.array(ADVICE.extend({ Severity: z.string(), About: z.string() })),
  LastHeardAt: z.string().nullable(),
  Refused: z.number().nullable().describe('scans that it refused on this business date; null where it reports none'),
  State: z
    .object({
      Version: z.string(),
      Store: z.string().nullable(),
      StartedAt: z.string().nullable(),
      Line: z.string(),
      Ending: z.boolean(),
      Gates: z.array(DEVICE),
      Scanners: z.array(DEVICE),
      Unadmitted: z.array(z.object({ Gate: z.string(), Count: z.number(), LastAt: z.string().nullable() })),
      Waiting: z.number(),
      Parked: z.number(),
      OldestUnsentAt: z.string().nullable(),
      KeysCameAt: z.string().nullable(),
      ClockOffsetMs: z.number().nullable(),
      ClockTrusted: z.boolean(),
      StoresSetAside: z.number(),
    })
    .nullable()
    .describe('null where it was never heard'),
});

export type TerminalRow = z.output<typeof TERMINAL_ROW>;
