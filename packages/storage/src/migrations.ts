import type { Kysely } from 'kysely';

export type Engine = 'sqlite' | 'postgres';

/**
 * Steps that bring a database to its present shape, by name; names begin with their date and run in alphabetical order,
 * each once per database, all that are due in one transaction. Packages export their own and an app merges them
 * (`mergeMigrations`); a name is never changed or taken away once it has run anywhere.
 *
 * Column types that mean the same on both engines: `text` for codes, times and ids, `bigint` for money, numbers and
 * booleans (0/1). Write names in snake_case or camelCase, the database has them in snake_case.
 */
export type Migrations = Record<string, (db: Kysely<unknown>, engine: Engine) => Promise<void>>;

/**
 * The steps of several owners as one set.
 * @throws Error where two of them have one name: only one of the two would ever run.
 */
export function mergeMigrations(...sets: readonly Migrations[]): Migrations {
  const merged: Migrations = {};
  for (const [name, run] of sets.flatMap((set) => Object.entries(set))) {
    if (Object.hasOwn(merged, name)) throw new Error(`Two migrations are named ${name}.`);
    merged[name] = run;
  }
  return merged;
}
