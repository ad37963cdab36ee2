import { wallClockAt } from '@ticket-check/protocol';
import { CompiledQuery, type Dialect, Kysely, type KyselyPlugin, type RawBuilder, sql } from 'kysely';
import { columnNames, namesInQueries } from './column-names.ts';
import { type CurrentGeneration, loadFilesGeneration, renewCopied, watchGeneration } from './generation.ts';
import { createMigrator, type Migrator } from './migrate.ts';
import type { Engine, Migrations } from './migrations.ts';
import { postgresDialects } from './postgres/postgres-dialect.ts';
import { type ColumnType, type RowOf, rowsAsTable } from './rows-as-table.ts';
import { sqliteDialect, threadDriver } from './sqlite/sqlite-dialect.ts';
import { StoreError } from './store-error.ts';
import { unlessDeadlocked } from './store-fault.ts';
import { isPostgresUrl, isSqliteUrl, parseSqliteUrl } from './store-url.ts';
import { together } from './together.ts';
import { TransactionScope } from './transaction-scope.ts';
import { type Urgency, urgentDriver } from './turns.ts';

/** Connections to PostgreSQL reserved for what is urgent. */
const KEPT = 2;
const REPORT_PATIENCE_MS = 60_000;
/** On SQLite, so that a short question waits behind no long report. Each is started when it is needed, and holds more than 10 MB. */
const REPORT_THREADS = 2;
const EVERY_SECOND_MS = 1000;
/** Within this time each of several processes knows what the others have written. */
const POSITION_MS = 3000;

export interface StoreOptions {
  /** `sqlite:///absolute/path.db` (see `sqliteUrl`) or `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** 64 hex digits (see `loadOrCreateKey`); SQLite needs it, PostgreSQL takes no notice of it. */
  readonly encryptionKey?: string | undefined;
  /** Every step that the database needs, of all packages that keep something in it. */
  readonly migrations: Migrations;
  /** Whether this process serves from it: others know of it then (`Migrator`), and contract steps run. */
  readonly serves?: boolean | undefined;
  /** Epoch milliseconds, for the moment at which a failover of PostgreSQL or a backup begins a new generation; the machine's clock by default. */
  readonly now?: (() => number) | undefined;
  /** Keeps what a PostgreSQL server acknowledged, so that another process of this service knows it later (`createServerWatch`). */
  readonly acknowledgedFile?: string | undefined;
  /** Called when this process began a generation because the data may lack what was acknowledged. */
  readonly onNewGeneration?: ((current: CurrentGeneration) => void) | undefined;
  /** Called once when the PostgreSQL server does not answer any more: why, in a few words and in those of the error. */
  readonly onAway?: ((fault: string, reason: string) => void) | undefined;
  readonly onBack?: ((awayMs: number) => void) | undefined;
}

/** One database, SQLite or PostgreSQL, that answers the same queries with the same JavaScript values. */
export interface Store<DB> {
  /**
   * For queries outside transactions; a single statement that writes is one of its own. Names are camelCase here and
   * snake_case in the database; numbers of any size, sums and counts come back as numbers, truth values as 0 and 1. Large
   * results are read in pages, by key: there is no `stream()`.
   */
  readonly db: Kysely<DB>;
  /** The same for what somebody waits for: it goes before everything else, as an urgent transaction. */
  readonly urgent: Kysely<DB>;
  readonly engine: Engine;
  /** Whether each statement is to reach the rows of one cinema: PostgreSQL whose tables lie apart by cinema, as those of Citus. */
  readonly isDistributed: boolean;
  /** The id of this data's generation (reading X4), a UUID: `currentGeneration().generation`. */
  readonly generation: string;
  /** The generation of this data as it stood in the database at most about a second ago. */
  currentGeneration(): CurrentGeneration;
  /** false if PostgreSQL does not say what server it is, so that one that lacks commits goes unnoticed. */
  seesFailovers(): boolean;
  /** Why the PostgreSQL server does not answer now; null if it does, as far as is known, and on SQLite. */
  awayFault(): string | null;

  /**
   * Runs `fn` in one transaction: durable when the promise resolves, gone when it rejects. On SQLite it begins IMMEDIATE
   * with its first statement: one writer at a time, others wait up to 5 seconds (StoreError BUSY). On PostgreSQL
   * transactions run side by side (read committed), so what must be unique needs a constraint, and rows that several
   * touch are best written in the order of their key. After a deadlock or `lock_timeout` `fn` runs again from the start.
   * Inside, only `trx` may be used: the store's own `db`, another `transaction` and `coalesce` would wait for this one to
   * end, and are refused (StoreError NESTED_TRANSACTION). Nothing that waits for the network belongs inside. An urgent
   * one goes before everything that waits for the database.
   */
  transaction<T>(fn: (trx: Kysely<DB>) => Promise<T>, urgency?: Urgency): Promise<T>;

  /**
   * Runs statements in one transaction that needs no answer in between: all of them are durable when the promise
   * resolves, none is where one fails. On SQLite they go to the database together, which takes a third of the time of
   * a `transaction`; on PostgreSQL they are one statement (`together`), so none may read or write a row that another one writes.
   */
  batch(statements: readonly CompiledQuery[], urgency?: Urgency): Promise<void>;

  /**
   * Finds a few rows by key, as they are committed now: on SQLite on the calling thread, without waiting behind a commit;
   * on PostgreSQL urgent. What may read many rows goes through `db`.
   */
  readCommitted<O>(query: CompiledQuery<O>): Promise<O[]>;

  /**
   * Many rows as one table expression, whose text does not depend on their number. `columns` names the properties to take
   * and their type; undefined is null. Name it with `.as()`. SQLite reads `on conflict` after a `select` without `where`
   * as a join: write `.where(sql.lit(true))`.
   * @throws StoreError UNSTORABLE_VALUE for what the two engines would take differently: a number that is not a safe
   * integer, a text with a NUL character or half of a surrogate pair, any other type.
   */
  rowsAsTable<R extends object, K extends keyof R & string>(
    rows: readonly R[],
    columns: Record<K, ColumnType>,
  ): RawBuilder<RowOf<R, K>>;

  /**
   * For reports: two more connections that only read, so that what reads much neither waits for a commit nor makes one
   * wait. A statement sees the database at one moment; on PostgreSQL one that takes half a minute is ended. What takes
   * long is read in slices: until a statement ends, the write-ahead log grows. Not inside a transaction
   * (NESTED_TRANSACTION).
   */
  readonly reports: Kysely<DB>;

  readonly migrator: Migrator;

  close(): Promise<void>;
}

/**
 * Opens a database, asserts that it is private and durable (readings S1 and S2), and brings it to the shape that
 * `migrations` describe; several processes may do so at once. A SQLite file is made when it is missing, encrypted
 * (SQLCipher), with mode 0600, WAL and synchronous FULL. PostgreSQL must have fsync and synchronous_commit on.
 * @throws StoreError BAD_URL, BAD_KEY, WRONG_KEY, DAMAGED, CANNOT_OPEN, ACCESS_DENIED, UNPROTECTED, NOT_DURABLE, BUSY,
 * NEWER_DATA, OLDER_PROCESS, MIGRATION_FAILED.
 */
export async function openStore<DB>(options: StoreOptions): Promise<Store<DB>> {
  const { migrations, onNewGeneration = () => {} } = options;
  const scope = new TransactionScope();
  let generations: ReturnType<typeof watchGeneration> | undefined;
  const { engine, dialect, urgentDialect, reportDialect, names, ...ways } = await connect(
    options,
    scope,
    (current, isNew) => {
      generations?.replace(current);
      if (isNew) onNewGeneration(current);
    },
  );
  const db = new Kysely<DB>({ dialect, plugins: [names] });
  const urgentDb = new Kysely<DB>({ dialect: urgentDialect, plugins: [names] });
  const reports = new Kysely<DB>({ dialect: reportDialect, plugins: [names] });
  const plain = db as Kysely<unknown>;
  const urgent = urgentDb as Kysely<unknown>;
  const migrator = createMigrator(plain, engine, migrations, options);
  try {
    await migrator.open();
    const isDistributed = engine === 'postgres' && (await liesApart(plain));
    const load = () => ways.loadGeneration(plain);
    const isNew = engine === 'sqlite' && (await renewCopied(plain, wallClockAt((options.now ?? Date.now)())));
    const first = await load();
    if (isNew) onNewGeneration(first);
    generations = watchGeneration(first, load, engine === 'postgres' ? POSITION_MS : Number.POSITIVE_INFINITY);
    const { currentGeneration, readAgain } = generations;
    const looking = ways.everySecond && setInterval(ways.everySecond, EVERY_SECOND_MS, readAgain).unref();
    return {
      db,
      urgent: urgentDb,
      engine,
      isDistributed,
      get generation() {
        return currentGeneration().generation;
      },
      currentGeneration,
      seesFailovers: ways.seesFailovers,
      awayFault: ways.awayFault,
      transaction: (fn, urgency) =>
        unlessDeadlocked(() =>
          (urgency?.urgent === true ? urgentDb : db).transaction().execute((trx) => scope.run(() => fn(trx))),
        ),
      async batch(statements, { urgent: isUrgent = false } = {}) {
        if (statements.length === 0) return;
        await ways.batch(together({ engine, isDistributed }, statements), isUrgent ? urgent : plain, isUrgent);
      },
      readCommitted: (query) => ways.readCommitted(query, urgent),
      rowsAsTable: (rows, columns) => rowsAsTable(engine, rows, columns),
      reports,
      migrator,
      async close() {
        // What was asked for in this turn is on its way by the next.
        await new Promise((resolve) => setImmediate(resolve));
        clearInterval(looking);
        // A process that cannot say so is forgotten in half a minute.
        await migrator.leave().catch(() => {});
        // The last connection to a SQLite file empties its log, which one that only reads cannot.
        try {
          await reports.destroy();
        } finally {
          await db.destroy();
        }
        await ways.closed?.();
      },
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/**
 * Looks at a database and its steps, also one that this program could not open as a store, and changes neither.
 * @throws StoreError BAD_URL, BAD_KEY, WRONG_KEY, CANNOT_OPEN, ACCESS_DENIED, UNPROTECTED, NOT_DURABLE.
 */
export async function lookAtStore<T>(options: StoreOptions, look: (migrator: Migrator) => Promise<T>): Promise<T> {
  const { engine, dialect, reportDialect, names } = await connect(options, new TransactionScope(), () => {});
  // Connections for reports leave no files beside a SQLite database, and those to PostgreSQL judge no server before a store is open.
  const db = new Kysely<unknown>({ dialect: engine === 'sqlite' ? reportDialect : dialect, plugins: [names] });
  try {
    return await look(createMigrator(db, engine, options.migrations));
  } finally {
    await db.destroy();
  }
}

type Connection = {
  readonly engine: Engine;
  readonly dialect: Dialect;
  /** Of the same connections, taken before everything else that waits for them. */
  readonly urgentDialect: Dialect;
  readonly reportDialect: Dialect;
  readonly names: KyselyPlugin;
  batch(statements: readonly CompiledQuery[], db: Kysely<unknown>, urgent: boolean): Promise<void>;
  readCommitted<O>(query: CompiledQuery<O>, urgentDb: Kysely<unknown>): Promise<O[]>;
  loadGeneration(db: Kysely<unknown>): Promise<CurrentGeneration>;
  seesFailovers(): boolean;
  awayFault(): string | null;
  everySecond?(readAgain: () => Promise<void>): void;
  closed?(): Promise<void>;
};

/** Citus, or tables that are partitioned by a hash as a test has them. */
async function liesApart(db: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql<{ is: number }>`
    select exists (select from pg_extension where extname = 'citus')
      or exists (select from pg_partitioned_table where partstrat = 'h') as is
  `.execute(db);
  return rows[0]?.is === 1;
}

type OnGeneration = (current: CurrentGeneration, isNew: boolean) => void;

async function connect(
  { url, encryptionKey, acknowledgedFile, now = Date.now, onAway = () => {}, onBack = () => {} }: StoreOptions,
  scope: TransactionScope,
  onGeneration: OnGeneration,
): Promise<Connection> {
  if (isSqliteUrl(url)) {
    if (encryptionKey === undefined) throw new StoreError('BAD_KEY', 'A SQLite database needs its encryption key.');
    const opening = { path: parseSqliteUrl(url), key: encryptionKey };
    const driver = threadDriver(opening, scope, 1);
    const reports = threadDriver({ ...opening, readOnly: true }, scope, REPORT_THREADS);
    return {
      engine: 'sqlite',
      dialect: sqliteDialect(driver),
      urgentDialect: sqliteDialect(urgentDriver(driver)),
      reportDialect: sqliteDialect(reports),
      names: namesInQueries,
      loadGeneration: loadFilesGeneration,
      seesFailovers: () => true,
      awayFault: () => null,
      batch: (statements, _db, urgent) => driver.batch(statements, urgent),
      async readCommitted<O>(query: CompiledQuery<O>, urgentDb: Kysely<unknown>) {
        const rows = driver.readCommitted(query);
        return rows === null ? ask(query, urgentDb) : (rows.map((row) => columnNames.mapRow(row)) as O[]);
      },
    };
  }
  if (isPostgresUrl(url)) {
    // A process without PostgreSQL, as every terminal is, starts in less time and memory without its client.
    const { BEGIN_REPORT, openPostgresPool, reportsPool, CONNECT_TIMEOUT_MS } = await import(
      './postgres/postgres-pool.ts'
    );
    const { createServerWatch } = await import('./postgres/server-watch.ts');
    const { watchedPool } = await import('./postgres/watched-pool.ts');
    const { createOutage } = await import('./postgres/outage.ts');
    const outage = createOutage({ busyMs: CONNECT_TIMEOUT_MS, onAway, onBack });
    const { failed } = outage;
    const watch = createServerWatch({ file: acknowledgedFile, now, onGeneration });
    const pool = watchedPool(await openPostgresPool(url), watch, outage);
    return {
      engine: 'postgres',
      ...postgresDialects(pool, scope, { kept: KEPT, longestMs: CONNECT_TIMEOUT_MS, failed }),
      reportDialect: postgresDialects(reportsPool(url), scope, {
        kept: 0,
        longestMs: REPORT_PATIENCE_MS,
        failed,
        begin: BEGIN_REPORT,
      }).dialect,
      names: columnNames,
      batch: oneByOne,
      readCommitted: ask,
      loadGeneration: (db) =>
        watch.meet((statement, values = []) => ask(CompiledQuery.raw(statement, [...values]), db)),
      seesFailovers: watch.isWatching,
      awayFault: outage.fault,
      everySecond(readAgain) {
        readAgain().catch(() => {});
        void watch.save();
      },
      closed: () => watch.save(),
    };
  }
  throw new StoreError('BAD_URL', 'The database URL must begin with sqlite:/// or postgres://.');
}

async function ask<O>(query: CompiledQuery<O>, db: Kysely<unknown>): Promise<O[]> {
  return (await db.executeQuery(query)).rows;
}

async function oneByOne(statements: readonly CompiledQuery[], db: Kysely<unknown>): Promise<void> {
  const [first] = statements;
  await unlessDeadlocked(async () => {
    if (statements.length === 1 && first !== undefined) return void (await db.executeQuery(first));
    await db.transaction().execute(async (trx) => {
      for (const statement of statements) await trx.executeQuery(statement);
    });
  });
}
