import type { Kysely } from 'kysely';

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
