import { hash } from '@node-rs/argon2';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { Operator } from '../people/operator.ts';
import { createOperators } from '../people/operators.ts';
import type { Role } from '../people/role.ts';
import { createSessions } from '../sessions/sessions.ts';

/** The password that an operator was handed, and one that they have chosen. */
export const ONE_TIME = 'k7m3q-x9p2r-t4v8w-z6n5b';
export const OWN = 'winter melon soup';

/** The hash of a test's password, which is verified in no time: `passwords.test.ts` holds what one of an operator costs. */
export const hashCheaply = (password: string): Promise<string> =>
  hash(Buffer.from(password.normalize('NFKC')), { memoryCost: 8, timeCost: 1, parallelism: 1 });

const hashes = Promise.all([hashCheaply(ONE_TIME), hashCheaply(OWN)]);

/** Adds an operator to the store of any service, who has chosen a password of their own unless `isNew`. */
export async function addOperatorTo(
  store: Parameters<typeof createOperators>[0],
  username: string,
  role: Role,
  added: { cinemaCodes?: Operator['cinemaCodes']; isNew?: boolean; now?: () => number } = {},
): Promise<void> {
  const { cinemaCodes = 'all', isNew = false, now = Date.now } = added;
  const [oneTime, own] = await hashes;
  const operators = createOperators(store, now);
  await operators.add({ username, role, cinemaCodes, passwordHash: oneTime });
  if (!isNew) await operators.choosePassword(username, { before: oneTime, passwordHash: own });
}

/** Begins a session of somebody without a login, and answers its token. */
export async function beginSession(
  store: Parameters<typeof createSessions>[0],
  username: string,
  { address = '127.0.0.1', now = Date.now } = {},
): Promise<string> {
  const passwordHash = (await createOperators(store, now).find(username))?.passwordHash ?? '';
  const begun = { username, passwordHash, address, secondFactorShown: true };
  const session = await createSessions(store, now).begin(begun);
  if (session === null) throw new Error(`${username} cannot log in`);
  return session.token;
}

/** Changes the database behind the back of what guards it, as its owner can. */
export async function tamper<DB>(
  store: Pick<Store<DB>, 'db' | 'engine'>,
  table: string,
  statement: string,
): Promise<void> {
  if (store.engine === 'postgres') {
    await sql`alter table ${sql.table(table)} disable trigger user`.execute(store.db);
    await sql.raw(statement).execute(store.db);
    await sql`alter table ${sql.table(table)} enable trigger user`.execute(store.db);
    return;
  }
  const { rows } = await sql<{ name: string; sql: string }>`
    select name, sql from sqlite_schema where type = 'trigger' and tbl_name = ${table}
  `.execute(store.db);
  for (const { name } of rows) await sql`drop trigger ${sql.ref(name)}`.execute(store.db);
  await sql.raw(statement).execute(store.db);
  for (const trigger of rows) await sql.raw(trigger.sql).execute(store.db);
}
