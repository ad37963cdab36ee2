import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { makeReadableSecret } from '../people/passwords.ts';
import type { OperatorTables } from '../people/tables.ts';

const PERIOD_S = 30;
/** Clocks of phones may be so far off, in either direction. */
const TOLERANCE_S = 30;

/** A command, which makes no codes, starts in less time without it. */
const loadOtplib = () => import('otplib');

/** A secret for an authenticator app: 160 random bits in Base32. */
export const makeTotpSecret = async (): Promise<string> => (await loadOtplib()).generateSecret();

export const isTotpSecret = (text: string): boolean => /^[A-Z2-7]{32}$/.test(text);

/** What an authenticator app reads, as a QR symbol, to set itself up. */
export async function totpUri(app: { secret: string; issuer: string; label: string }): Promise<string> {
  return (await loadOtplib()).generateURI(app);
}

export const timeStepAt = (epochMs: number): number => Math.floor(epochMs / 1000 / PERIOD_S);

/** The step of time that a code of six digits belongs to; null if it is no code of now. */
export async function timeStepOf(secret: string, code: string, epochMs: number): Promise<number | null> {
  if (!/^\d{6}$/.test(code)) return null;
  const { verify } = await loadOtplib();
  const epoch = Math.floor(epochMs / 1000);
  const result = await verify({ secret, token: code, epoch, epochTolerance: TOLERANCE_S });
  return result.valid && 'timeStep' in result ? result.timeStep : null;
}

const RECOVERY_CODES = 10;
/** Groups of five letters and digits in a code: 75 bits. */
const GROUPS_OF_RECOVERY_CODE = 3;

/** Makes recovery codes in place of those that an operator has. */
export async function renewRecoveryCodes(db: Kysely<OperatorTables>, username: string): Promise<string[]> {
  await removeRecoveryCodes(db, username);
  const codes = Array.from({ length: RECOVERY_CODES }, () => makeReadableSecret(GROUPS_OF_RECOVERY_CODE));
  const rows = codes.map((code) => ({ codeHash: hashOf(code), username }));
  await db.insertInto('operatorRecoveryCode').values(rows).execute();
  return codes;
}

export async function removeRecoveryCodes(db: Kysely<OperatorTables>, username: string): Promise<void> {
  await db.deleteFrom('operatorRecoveryCode').where('username', '=', username).execute();
}

export async function countRecoveryCodes(db: Kysely<OperatorTables>, username: string): Promise<number> {
  const codes = await db
    .selectFrom('operatorRecoveryCode')
    .select('codeHash')
    .where('username', '=', username)
    .execute();
  return codes.length;
}

export async function useRecoveryCode(db: Kysely<OperatorTables>, username: string, code: string): Promise<boolean> {
  const used = await db
    .deleteFrom('operatorRecoveryCode')
    .where('username', '=', username)
    .where('codeHash', '=', hashOf(code))
    .returning('codeHash')
    .execute();
  return used.length > 0;
}

const hashOf = (code: string): string => createHash('sha256').update(code).digest('hex');
