import { z } from 'zod';

export const GATE_ROW = z.object({
  Gate: z.string(),
  Driver: z.string(),
  OutOfOrderSince: z.string().nullable().describe('when it failed; null unless staff have to clear it'),
  What: z.string().nullable().describe('what failed first'),
  Sensor: z.number().optional().describe('the input of its sensor'),
  Enabled: z.boolean().optional().describe('of an agent that runs: whether it takes commands'),
  Error: z.string().nullable().optional().describe('of an agent that runs: its fault'),
  ErrorZh: z.string().nullable().optional(),
  WhatZh: z.string().nullable().optional(),
  Unadmitted: z
    .object({ Gate: z.string(), Since: z.string(), Last: z.string(), Count: z.number() })
    .optional()
    .describe('people who went through without being admitted, since staff acknowledged that last'),
});

export type GateRow = z.output<typeof GATE_ROW>;
