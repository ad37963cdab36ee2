import { type Kysely, type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';

export type Engine = 'sqlite' | 'postgres';

export type Change = (db: Kysely<unknown>, engine: Engine) => Promise<void>;

/**
 * A step that an older program does not notice: a table, a column that may be null or has a default. Its lock on a table that is
 * there is held for a moment, so what reads or writes the rows of one is an index or a backfill.
 */
export type Expand = {
  readonly kind: 'expand';
  /** Tables that are there and that `run` locks against everybody. */
  readonly locks: readonly string[];
  readonly run: Change;
  /** Made after the step; on PostgreSQL concurrently, by a job: the program of the same release must work without them, and without backfills. */
  readonly indexes?: readonly ConcurrentIndex[];
  readonly backfills?: readonly Backfill[];
};

/**
 * A step that takes away what an older program needs, a release after the programs that can do without it. It runs when no older
 * process is alive and all indexes and backfills of the steps before are done; until then the service runs without it.
 */
export type Contract = {
  readonly kind: 'contract';
  /** The oldest step whose program works with what is left: this step, where the release before still writes what it takes away. */
  readonly readableSince: string;
  readonly locks: readonly string[];
  readonly run: Change;
};

export type ConcurrentIndex = {
  readonly name: string;
  readonly table: string;
  /** In snake_case, as in `create index`. */
  readonly columns: string;
};

/**
 * Fills a column of the rows that are there, in slices and in the order of a unique key. Programs that know the step write the column
 * themselves; it begins when no older process is alive, and again after an older program was started.
 */
export type Backfill = {
  readonly table: string;
  readonly key: readonly string[];
  readonly set: RawBuilder<unknown>;
  readonly where: RawBuilder<unknown>;
};

/** A plain function creates what an empty database holds. No older program can read a database after it. */
export type Step = Change | Expand | Contract;

/**
 * Steps that bring a database to its present shape, one for each release that changes it (`0001` is that of the first). A
 * step runs once in each database and never changes once its release is out. One after the first is an `expand` or a
 * `contract`; a name that a contract took away is never used again.
 * Column types that mean the same on both engines: `text` for codes, times and ids, `bigint` for money, numbers and
 * booleans.
 */
export type Migrations<Tables = unknown> = Readonly<Record<string, Step>> & { readonly [OF]?: Tables };

/** Names the tables in the type only. */
declare const OF: unique symbol;

/** The tables that steps make. */
export type TablesOf<Of extends Migrations> = Of extends Migrations<infer Tables> ? Tables : never;

type AllTables<Sets> = Sets extends readonly [Migrations<infer First>, ...infer Rest]
  ? First & AllTables<Rest>
  : unknown;

/** The first step of what has only tables and indexes. */
export const createTables = <Tables>(...statements: readonly RawBuilder<unknown>[]): Migrations<Tables> => ({
  '0001': (db) => inOrder(db, ...statements),
});

/**
 * Merges what several owners of tables bring: the steps of one name become one, run in the order given.
 * @throws Error if steps of one name are of different kinds
 */
export function mergeMigrations<const Sets extends readonly Migrations[]>(...sets: Sets): Migrations<AllTables<Sets>> {
  const named = Map.groupBy(sets.flatMap(Object.entries<Step>), ([name]) => name);
  const stepsOf = (name: string) => (named.get(name) ?? []).map(([, step]) => step);
  return Object.fromEntries([...named.keys()].map((name) => [name, merged(name, stepsOf(name))]));
}

function merged(name: string, steps: readonly Step[]): Step {
  const run: Change = async (db, engine) => {
    for (const step of steps) await (typeof step === 'function' ? step : step.run)(db, engine);
  };
  if (steps.every((step) => typeof step === 'function')) return run;
  const [expands, contracts] = [steps.filter(isExpand), steps.filter(isContract)];
  const locks = [...expands, ...contracts].flatMap((step) => step.locks);
  if (expands.length === steps.length) {
    const indexes = expands.flatMap((step) => step.indexes ?? []);
    return { kind: 'expand', locks, run, indexes, backfills: expands.flatMap((step) => step.backfills ?? []) };
  }
  if (contracts.length < steps.length) throw new Error(`the migration ${name} has steps of different kinds`);
  const readableSince = contracts.map((step) => step.readableSince).sort();
  return { kind: 'contract', locks, run, readableSince: readableSince.at(-1) ?? name };
}

const isExpand = (step: Step): step is Expand => 'kind' in step && step.kind === 'expand';
const isContract = (step: Step): step is Contract => 'kind' in step && step.kind === 'contract';

/**
 * Makes the database refuse to change or delete rows of a table, in the migration that creates it: so it can be relied on
 * where somebody has to account for what was done. `keys`: its unique keys, each of one or more columns.
 */
export async function makeAppendOnly(
  db: Kysely<unknown>,
  engine: Engine,
  { table, keys }: { table: string; keys: readonly (readonly string[])[] },
): Promise<void> {
  const refusal = `${table} is only ever added to`;
  if (engine === 'postgres') {
    const refuse = sql.ref(`refuse_${table}_change`);
    return inOrder(
      db,
      sql`create function ${refuse}() returns trigger language plpgsql as
        ${sql.lit(`begin raise exception '${refusal}'; end`)}`,
      // TRUNCATE, which SQLite does not know, deletes too.
      sql`create trigger ${sql.ref(`${table}_no_change`)} before update or delete or truncate on ${sql.table(table)}
        for each statement execute function ${refuse}()`,
    );
  }
  const refuse = (change: string, when: RawBuilder<unknown> = sql``) => sql`
    create trigger ${sql.ref(`${table}_no_${change}`)} before ${sql.raw(change === 'replacement' ? 'insert' : change)}
    on ${sql.table(table)} ${when} begin select raise(abort, ${sql.lit(refusal)}); end`;
  const isTaken = (key: readonly string[]) =>
    sql.join(
      key.map((column) => sql`${sql.ref(column)} = ${sql.ref(`new.${column}`)}`),
      sql` and `,
    );
  // `INSERT OR REPLACE` deletes a row without a trigger on deletions. An insert that names no rowid has -1 here.
  const isReplaced = sql`when exists (
    select 1 from ${sql.table(table)} where ${sql.join(keys.map(isTaken), sql` or `)} or rowid = new.rowid)`;
  await inOrder(db, refuse('update'), refuse('delete'), refuse('replacement', isReplaced));
}

export async function inOrder(db: QueryExecutorProvider, ...statements: readonly RawBuilder<unknown>[]): Promise<void> {
  for (const statement of statements) await statement.execute(db);
}
