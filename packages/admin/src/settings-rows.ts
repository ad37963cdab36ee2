import { z } from 'zod';

export const SETTING_ROW = z.object({
  Name: z.string(),
  Value: z.unknown(),
  Default: z.unknown(),
  From: z.enum(['environment', 'default']),
  Hidden: z.boolean().describe('a secret, which is not shown'),
  Allowed: z.string(),
  AllowedZh: z.string(),
  Meaning: z.string().describe("what it means, from the documents, with Markdown's `code`"),
  MeaningZh: z.string(),
});

export type SettingRow = z.output<typeof SETTING_ROW>;

export const JOB_ROW = z.object({
  Name: z.string(),
  NextRun: z.string().nullable(),
  LastRun: z.string().nullable(),
  LastError: z.string().nullable(),
  Owner: z.string().nullable().describe('the process that runs it'),
});

export type JobRow = z.output<typeof JOB_ROW>;
