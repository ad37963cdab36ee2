import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { makeReadableSecret } from '../people/passwords.ts';
import type { OperatorTables } from '../people/tables.ts';

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

/** How many an operator has left. */
export async function countRecoveryCodes(db: Kysely<OperatorTables>, username: string): Promise<number> {
  const codes = await db
    .selectFrom('operatorRecoveryCode')
    .select('codeHash')
    .where('username', '=', username)
    .execute();
  return codes.length;
}

/** Uses a recovery code up; false if the operator has no such code. */
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
