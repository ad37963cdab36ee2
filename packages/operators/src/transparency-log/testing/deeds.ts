import { mergeMigrations, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { type LoggedTable, type LogTables, logMigrations, logRowsOf } from '../log-tables.ts';

/** Something that is done: what the tests log. */
export type DeedTables = LogTables & { deed: { id: string; text: string } };

export const deedMigrations = mergeMigrations(logMigrations, {
  '0001': async (db, engine) => {
    await db.schema
      .createTable('deed')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('text', 'text', (column) => column.notNull())
      .execute();
    await logRowsOf(db, engine, { table: 'deed', key: 'id' });
  },
});

export const deeds: LoggedTable<DeedTables> = {
  name: 'ticket-check/deeds',
  table: 'deed',
  key: 'id',
  async leaves(db, entries) {
    const ids = entries.map(({ entry }) => entry);
    const places = new Map(entries.map(({ entry, position }) => [entry, position]));
    const rows = await db.selectFrom('deed').selectAll().where('id', 'in', ids).execute();
    return new Map(rows.map(({ id, text }) => [id, `${places.get(id)} ${id} ${text}`]));
  },
};

export async function addDeeds(db: Kysely<DeedTables>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db
    .insertInto('deed')
    .values(ids.map((id) => ({ id, text: `did ${id}` })))
    .execute();
}

/** Changes the database behind the back of what guards it, as its owner can. */
export async function tamper(store: Store<DeedTables>, table: string, statement: string): Promise<void> {
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
