import type { Kysely } from 'kysely';
import { OperatorFault } from './operator-fault.ts';
import type { OperatorTables } from './operator-tables.ts';

/** @throws OperatorFault if there is no such operator. */
export async function mustExist(db: Kysely<OperatorTables>, username: string): Promise<void> {
  const found = await db.selectFrom('operator').select('username').where('username', '=', username).executeTakeFirst();
  if (found === undefined) throw new OperatorFault('unknown', `There is no operator ${JSON.stringify(username)}.`);
}
