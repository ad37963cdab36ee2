import { type Kysely, sql } from 'kysely';
import { identityOf } from './record-key.ts';

/**
 * Adds the identity to the keys of check records and of the outbox, and fills it for what is there, in a database of
 * before. Both engines store what `identityOf` makes.
 */
export async function identifyOnPostgres(db: Kysely<unknown>): Promise<void> {
  await sql`alter table check_record add column identity text`.execute(db);
  await sql`
    update check_record set identity = left(encode(sha256(convert_to(concat_ws(
      '|', cinema_code, film_ticket_code, start_time, check_time, ticket_info_code
    ), 'UTF8')), 'hex'), 32)
  `.execute(db);
  await sql`
    alter table check_record alter column identity set not null,
      drop constraint check_record_pkey, add constraint check_record_pk primary key (record_id, identity)
  `.execute(db);
  await sql`alter table outbox add column identity text`.execute(db);
  await sql`
    update outbox set identity = check_record.identity from check_record where check_record.record_id = outbox.record_id
  `.execute(db);
  await sql`
    alter table outbox alter column identity set not null,
      drop constraint outbox_pkey, add constraint outbox_pk primary key (record_id, identity)
  `.execute(db);
}

/** SQLite changes no primary key, so both tables are written anew: the database grows by their size meanwhile. */
export async function identifyOnSqlite(db: Kysely<unknown>): Promise<void> {
  const checkRecord = await beginCopy(db, 'check_record');
  await copyIdentified(db, checkRecord);
  await endCopy(db, checkRecord);

  const outbox = await beginCopy(db, 'outbox');
  await sql`
    insert into ${sql.table(outbox.copy)} (${outbox.columns}, identity)
    select ${sql.join(outbox.names.map((name) => sql.ref(`outbox.${name}`)))}, check_record.identity
    from outbox join check_record on check_record.record_id = outbox.record_id
  `.execute(db);
  await endCopy(db, outbox);
}

type Copy = Awaited<ReturnType<typeof beginCopy>>;

/** An empty table with the columns of another and the identity. */
async function beginCopy(db: Kysely<unknown>, table: string) {
  type Column = { name: string; type: string; notnull: number; dflt: string | null };
  const { rows: columns } = await sql<Column>`
    select name, type, "notnull", dflt_value as dflt from pragma_table_info(${table})
  `.execute(db);
  const { rows: indexes } = await sql<{ statement: string }>`
    select sql as statement from sqlite_schema where type = 'index' and tbl_name = ${table} and sql is not null
  `.execute(db);
  const copy = `${table}_identified`;
  const definitions = columns.map(
    ({ name, type, notnull, dflt }) =>
      sql`${sql.id(name)} ${sql.raw(type)}${sql.raw(notnull === 1 || name === 'record_id' ? ' not null' : '')}${sql.raw(dflt === null ? '' : ` default ${dflt}`)}`,
  );
  await sql`
    create table ${sql.table(copy)} (
      ${sql.join(definitions)}, identity text not null,
      constraint ${sql.id(`${table}_pk`)} primary key (record_id, identity)
    )
  `.execute(db);
  const names = columns.map(({ name }) => name);
  return { table, copy, names, columns: sql.join(names.map((name) => sql.id(name))), indexes };
}

const ROWS_A_PAGE = 5000;

/** Page by page: SQLite knows no SHA-256. */
async function copyIdentified(db: Kysely<unknown>, { table, copy, names, columns }: Copy): Promise<void> {
  type Row = Parameters<typeof identityOf>[0] & { row: number };
  for (let after = 0; ; ) {
    const { rows } = await sql<Row>`
      select rowid as "row", cinema_code, film_ticket_code, start_time, check_time, ticket_info_code
      from ${sql.table(table)} where rowid > ${after} order by rowid limit ${ROWS_A_PAGE}
    `.execute(db);
    const last = rows.at(-1);
    if (last === undefined) return;
    const given = JSON.stringify(rows.map((row) => [row.row, identityOf(row)]));
    await sql`
      insert into ${sql.table(copy)} (${columns}, identity)
      select ${sql.join(names.map((name) => sql.ref(`${table}.${name}`)))}, given.value ->> 1
      from jsonb_each(${given}) as given join ${sql.table(table)} on ${sql.table(table)}.rowid = given.value ->> 0
    `.execute(db);
    after = last.row;
  }
}

/** Puts the copy in the place of the table, under all its indexes. */
async function endCopy(db: Kysely<unknown>, { table, copy, indexes }: Copy): Promise<void> {
  await sql`drop table ${sql.table(table)}`.execute(db);
  await sql`alter table ${sql.table(copy)} rename to ${sql.table(table)}`.execute(db);
  for (const { statement } of indexes) await sql.raw(statement).execute(db);
}
