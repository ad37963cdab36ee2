import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { OperatorTables } from '../people/operator-tables.ts';

/**
 * Whether an operator is enabled and still has the password that was verified against `passwordHash`. A concurrent change that
 * disables them or sets another password waits for the transaction, and then ends what it began.
 */
export async function lockVerified(
  { engine }: Pick<Store<OperatorTables>, 'engine'>,
  db: Kysely<OperatorTables>,
  { username, passwordHash }: { username: string; passwordHash: string },
): Promise<boolean> {
  const verified = db
    .selectFrom('operator')
    .select('username')
    .where('username', '=', username)
    .where('passwordHash', '=', passwordHash)
    .where('disabledAt', 'is', null);
  return (await (engine === 'postgres' ? verified.forUpdate() : verified).execute()).length > 0;
}
