import { z } from 'zod';

/** A key that signs e-tickets, as commands, JSON and screens have one: without its private half. */
export const E_TICKET_KEY_ROW = z.object({
  KeyId: z.string(),
  Algorithm: z.enum(['ed25519', 'sm2-sm3']),
  ValidFrom: z.string(),
  SignsUntil: z.string(),
  ValidUntil: z.string().describe('until when codes that it signed are accepted'),
  RevokedAt: z.string().nullable(),
  State: z.enum(['SIGNS', 'NEXT', 'REPLACED', 'REVOKED']),
  Signs: z.boolean(),
});

export type ListedETicketKey = z.output<typeof E_TICKET_KEY_ROW>;
