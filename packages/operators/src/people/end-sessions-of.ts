import type { Kysely } from 'kysely';
import type { OperatorTables } from './operator-tables.ts';

/** Ends the sessions of an operator, but for the one of `except`, and logins that are under way; returns how many sessions. */
export async function endSessionsOf(
  db: Kysely<OperatorTables>,
  username: string,
  { except = '' }: { except?: string } = {},
): Promise<number> {
  await db.deleteFrom('operatorLoginStep').where('username', '=', username).execute();
  const { numDeletedRows } = await db
    .deleteFrom('operatorSession')
    .where('username', '=', username)
    .where('tokenHash', '!=', except)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
