import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { OperatorTables } from './tables.ts';

/** Locks the rows that a query finds until the end of the transaction; SQLite has one writer at a time. */
export const locked = <Query extends { forUpdate(): Query }>(
  { engine }: Pick<Store<OperatorTables>, 'engine'>,
  query: Query,
): Query => (engine === 'postgres' ? query.forUpdate() : query);

/** A login that is made at the same time waits, and then needs the second factor that there is. */
export async function lockOperator(
  store: Pick<Store<OperatorTables>, 'engine'>,
  db: Kysely<OperatorTables>,
  username: string,
): Promise<void> {
  await locked(store, db.selectFrom('operator').select('username').where('username', '=', username)).execute();
}

/** The same for a change that a session asked for; false if the session has ended since, and the change must not be made. */
export async function lockOperatorIn(
  store: Pick<Store<OperatorTables>, 'engine'>,
  db: Kysely<OperatorTables>,
  { username, session }: { username: string; session: string },
): Promise<boolean> {
  await lockOperator(store, db, username);
  const going = db.selectFrom('operatorSession').select('tokenHash').where('tokenHash', '=', session);
  return (await going.where('username', '=', username).execute()).length > 0;
}

/**
 * Whether an operator is enabled and still has the password that was verified against `passwordHash`. A concurrent change that
 * disables them or sets another password waits for the transaction, and then ends what it began.
 */
export async function lockVerified(
  store: Pick<Store<OperatorTables>, 'engine'>,
  db: Kysely<OperatorTables>,
  { username, passwordHash }: { username: string; passwordHash: string },
): Promise<boolean> {
  const verified = db
    .selectFrom('operator')
    .select('username')
    .where('username', '=', username)
    .where('passwordHash', '=', passwordHash)
    .where('disabledAt', 'is', null);
  return (await locked(store, verified).execute()).length > 0;
}
