import { z } from 'zod';

export const ACCOUNT_ROW = z.object({
  Username: z.string(),
  Role: z.enum(['platform', 'data-source', 'seller']),
  CinemaCodes: z.array(z.string()).describe('`*` is every cinema'),
  CreatedAt: z.string(),
  ExpiresAt: z.string().nullable(),
  Expired: z.boolean(),
  RevokedAt: z.string().nullable(),
  Replaces: z.string().nullable(),
  DisplayName: z.string().nullable(),
  Messages: z.enum(['en', 'zh']).describe('what its error messages are written in'),
  Store: z.string().nullable().describe('the store of the terminal that it is bound to'),
  StoreSeenAt: z.string().nullable().describe('up to a minute behind'),
});

export type AccountRow = z.output<typeof ACCOUNT_ROW>;

const MISTAKE = z.object({
  Code: z.string(),
  Where: z.string(),
  Advice: z.string().describe('what was signed and sent, and what to change; English'),
  AdviceZh: z.string(),
});

/** The last refused request of an account, explained by the signature doctor. */
export const EXPLAINED_ROW = z.object({
  Username: z.string(),
  State: z.enum(['in-force', 'expired', 'revoked']).describe('only requests of an account in force are accepted'),
  Note: z.string().nullable().describe('what was not kept, so that nothing is explained; English'),
  NoteZh: z.string().nullable(),
  Refused: z
    .object({
      At: z.string(),
      ErrorCode: z.string(),
      Verifies: z.boolean().nullable().describe('null: see Note'),
      Payload: z.string().nullable(),
      SignedText: z.string().nullable(),
      Mistakes: z.array(MISTAKE),
    })
    .nullable()
    .describe('null: see Note'),
});

export type ExplainedRow = z.output<typeof EXPLAINED_ROW>;

export const ACCOUNT_KEY_ROW = z.object({
  Fingerprint: z.string().describe('SHA-256 of its SubjectPublicKeyInfo, hex'),
  Algorithm: z.string(),
  Bits: z.number(),
  AddedAt: z.string(),
});

/** An account that no terminal has fetched yet, without its code. */
export const ENROLMENT_ROW = z.object({
  Username: z.string(),
  CinemaCodes: z.array(z.string()).describe('`*` is every cinema'),
  CreatedBy: z.string(),
  GoodUntil: z.string(),
});

export type EnrolmentRow = z.output<typeof ENROLMENT_ROW>;
