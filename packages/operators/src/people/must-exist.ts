import { ExpectedError } from '@ticket-check/runtime';
import type { Kysely } from 'kysely';
import type { OperatorTables } from './operator-tables.ts';

/** @throws ExpectedError where there is no such operator. */
export async function mustExist(db: Kysely<OperatorTables>, username: string): Promise<void> {
  const found = await db.selectFrom('operator').select('username').where('username', '=', username).executeTakeFirst();
  if (found === undefined) throw new ExpectedError(`There is no operator ${JSON.stringify(username)}.`);
}
