import { z } from 'zod';
import { PERMISSION_NAMES, ROLES } from './people-words.ts';

/** Codes of cinemas; `*` is all, those added later too. */
const CINEMA_CODES = z.array(z.string());

/** An operator as commands, JSON and screens have one. */
export const OPERATOR_ROW = z.object({
  Username: z.string(),
  Role: z.enum(ROLES),
  CinemaCodes: CINEMA_CODES,
  OneTimeUntil: z.string().nullable().describe('until when a one-time password may be used; null once one was chosen'),
  CreatedAt: z.string(),
  DisabledAt: z.string().nullable(),
  SecondFactor: z.boolean(),
});

export type OperatorRow = z.output<typeof OPERATOR_ROW>;

export const SESSION_ROW = z.object({
  Session: z.string().describe('the beginning of the hash of its token'),
  Address: z.string(),
  BeganAt: z.string(),
  SeenAt: z.string().describe('last used, up to a minute behind'),
});

export type SessionRow = z.output<typeof SESSION_ROW>;

/** A one-time password, which is shown once. */
export type Issued = { readonly Username: string; readonly OneTimePassword: string; readonly ValidUntil: string };

/** A token of a machine as commands, JSON and screens have one, without its secret. */
export const TOKEN_ROW = z.object({
  Name: z.string(),
  Permissions: z.array(z.enum(PERMISSION_NAMES)),
  CinemaCodes: CINEMA_CODES,
  CreatedAt: z.string(),
  AddedBy: z.string().nullable().describe('the operator whom it belongs to; null if a command on the machine added it'),
  Held: z.boolean().describe('while that operator is disabled it does not work'),
  EndsAt: z.string(),
  RevokedAt: z.string().nullable(),
  UsedAt: z.string().nullable().describe('up to a minute behind'),
});

export type TokenRow = z.output<typeof TOKEN_ROW>;
