import { mergeMigrations } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { type LoggedTable, type LogTables, logMigrations, logRowsOf } from '../log-tables.ts';

/** Something that is done: what the tests log. */
export type DeedTables = LogTables & { deed: { id: string; text: string } };

export const deedMigrations = mergeMigrations(logMigrations, {
  '0001': async (db, engine) => {
    await sql`create table deed (id text primary key, text text not null)`.execute(db);
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
