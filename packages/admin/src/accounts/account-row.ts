import { z } from 'zod';

/** An account as commands, JSON and screens have one. */
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
  Store: z.string().nullable().describe('the store of the terminal that it is bound to'),
  StoreSeenAt: z.string().nullable().describe('up to a minute behind'),
});

export type AccountRow = z.output<typeof ACCOUNT_ROW>;

/** A key that may sign for an account. */
export const ACCOUNT_KEY_ROW = z.object({
  Fingerprint: z.string().describe('SHA-256 of its SubjectPublicKeyInfo, hex'),
  Algorithm: z.string(),
  Bits: z.number(),
  AddedAt: z.string(),
});
