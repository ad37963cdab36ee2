import { type Kysely, sql } from 'kysely';
import type { Engine } from './migrations.ts';

/**
 * Makes the database refuse to change or delete rows of a table: for the migration that creates it. A table that is only
 * ever added to can be relied on where somebody has to account for what was done.
 */
export async function makeAppendOnly(db: Kysely<unknown>, engine: Engine, table: string): Promise<void> {
  const refusal = `${table} is only ever added to`;
  if (engine === 'sqlite') {
    for (const change of ['update', 'delete']) {
      await sql`
        create trigger ${sql.ref(`${table}_no_${change}`)} before ${sql.raw(change)} on ${sql.table(table)}
        begin select raise(abort, ${sql.lit(refusal)}); end
      `.execute(db);
    }
    return;
  }
  const refuse = sql.ref(`refuse_${table}_change`);
  await sql`
    create function ${refuse}() returns trigger language plpgsql as
    ${sql.lit(`begin raise exception '${refusal}'; end`)}
  `.execute(db);
  // TRUNCATE, which SQLite does not know, deletes too.
  await sql`
    create trigger ${sql.ref(`${table}_no_change`)} before update or delete or truncate on ${sql.table(table)}
    for each statement execute function ${refuse}()
  `.execute(db);
}
