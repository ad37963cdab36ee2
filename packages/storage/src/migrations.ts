import type { Kysely } from 'kysely';

export type Engine = 'sqlite' | 'postgres';

export type Step = (db: Kysely<unknown>, engine: Engine) => Promise<void>;

/** A step that some databases have recorded under another name. */
export type RenamedStep = { readonly formerName: string; readonly step: Step };

/**
 * Steps that bring a database to its present shape, by name; names begin with the day they were made (Asia/Shanghai) and run
 * in alphabetical order, each once per database, all that are due in one transaction. Packages export their own and an app
 * merges them (`mergeMigrations`). Once a step has run anywhere it is never taken away, and its name is changed only with
 * `formerly`.
 *
 * Column types that mean the same on both engines: `text` for codes, times and ids, `bigint` for money, numbers and
 * booleans (0/1). Write names in snake_case or camelCase, the database has them in snake_case.
 */
export type Migrations = Record<string, Step | RenamedStep>;

/**
 * A step under a new name. Databases that took it under the former one have it renamed when they are opened, and do not take
 * it again.
 *
 * @example
 * '2026-11-25-seats': formerly('2026-11-27-seats', async (db) => { … }),
 */
export function formerly(formerName: string, step: Step): RenamedStep {
  return { formerName, step };
}

/**
 * The steps of several owners as one set.
 * @throws Error where two of them have, or had, one name: only one of the two would ever run.
 */
export function mergeMigrations(...sets: readonly Migrations[]): Migrations {
  const merged: Migrations = {};
  const names = new Set<string>();
  const take = (name: string) => {
    if (names.has(name)) throw new Error(`Two migrations are named ${name}.`);
    names.add(name);
  };
  for (const [name, step] of sets.flatMap((set) => Object.entries(set))) {
    take(name);
    if (typeof step !== 'function') take(step.formerName);
    merged[name] = step;
  }
  return merged;
}
