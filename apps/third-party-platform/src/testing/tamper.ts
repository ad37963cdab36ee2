import { sql } from 'kysely';
import { withStore } from './console-browser.ts';
import type { TestSite } from './test-platform.ts';

/** Changes a table of the audit past the triggers that guard it, as the database's owner can. */
export function tamper(site: Pick<TestSite, 'env'>, table: string, statement: string) {
  return withStore(site, async ({ db, engine }) => {
    if (engine === 'postgres') await sql`alter table ${sql.table(table)} disable trigger user`.execute(db);
    else await sql`drop trigger ${sql.ref(`${table}_no_${statement.split(' ')[0]}`)}`.execute(db);
    await sql.raw(statement).execute(db);
  });
}
