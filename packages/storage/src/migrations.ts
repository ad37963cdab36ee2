import { type CreateTableBuilder, type Kysely, sql } from 'kysely';

export type Engine = 'sqlite' | 'postgres';

export type Step = (db: Kysely<unknown>, engine: Engine) => Promise<void>;

/**
 * Steps that bring a database to its present shape: one for each release that changes it, numbered in their order (`0001` is that
 * of the first release). A step runs once in each database, and never changes once its release is out: until then the step itself
 * is changed. All steps that are due run in one transaction, in the order of their names.
 *
 * Column types that mean the same on both engines: `text` for codes, times and ids, `bigint` for money, numbers and
 * booleans (0/1). Write names in snake_case or camelCase, the database has them in snake_case.
 */
export type Migrations = Record<string, Step>;

/** Merges what several owners of tables bring: the steps of one name become one, which runs them in the order given here. */
export function mergeMigrations(...sets: readonly Migrations[]): Migrations {
  const steps = Map.groupBy(sets.flatMap(Object.entries<Step>), ([name]) => name);
  return Object.fromEntries(
    Array.from(steps, ([name, parts]) => [
      name,
      async (db, engine) => {
        for (const [, part] of parts) await part(db, engine);
      },
    ]),
  );
}

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

/**
 * Makes SQLite refuse an insert that takes the place of a row of such a table (`INSERT OR REPLACE`), by its rowid or by one
 * of its unique `keys`, each of one or more columns: the row that gives way is deleted without a trigger on deletions.
 * PostgreSQL has no such statement.
 */
export async function refuseReplacement(
  db: Kysely<unknown>,
  engine: Engine,
  { table, keys }: { table: string; keys: readonly (readonly string[])[] },
): Promise<void> {
  if (engine !== 'sqlite') return;
  const isTaken = (key: readonly string[]) =>
    sql.join(
      key.map((column) => sql`${sql.ref(column)} = ${sql.ref(`new.${column}`)}`),
      sql` and `,
    );
  // An insert that names no rowid has -1 here.
  await sql`
    create trigger ${sql.ref(`${table}_no_replacement`)} before insert on ${sql.table(table)}
    when exists (select 1 from ${sql.table(table)} where ${sql.join(keys.map(isTaken), sql` or `)} or rowid = new.rowid)
    begin select raise(abort, ${sql.lit(`${table} is only ever added to`)}); end
  `.execute(db);
}

type ColumnsAdder = (table: CreateTableBuilder<string, string>) => CreateTableBuilder<string, string>;

/** Adds columns that are never null, in a `$call` on the table that is created. */
export function required(type: 'text' | 'bigint' | 'integer', ...columns: readonly string[]): ColumnsAdder {
  return (table) => columns.reduce((made, name) => made.addColumn(name, type, (column) => column.notNull()), table);
}

/** Adds columns that may be null. */
export function optional(type: 'text' | 'bigint' | 'integer', ...columns: readonly string[]): ColumnsAdder {
  return (table) => columns.reduce((made, name) => made.addColumn(name, type), table);
}
