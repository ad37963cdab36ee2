import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, onTestFinished, TestRunner } from 'vitest';
import type { Engine, Migrations } from '../migrations.ts';
import { openStore, type Store } from '../store.ts';
import { sqliteUrl } from '../store-url.ts';
import { assertOneCinemaEach, awaitService, noteStatements } from './by-cinema.ts';
import { ENCRYPTION_KEY, migrateFresh, nameOfSet } from './migrated-databases.ts';
import { giveBackPostgresDatabase, takePostgresDatabase } from './postgres-door.ts';
import { startTransactionPooler } from './transaction-pooler.ts';

/**
 * Databases for one suite on one engine. What a test or its beforeEach opens lives until that test has finished, what
 * is opened in beforeAll until the suite has; then it is closed and gone.
 */
export type TestEngine = ReturnType<typeof testEngine>;
type Suite = (engine: TestEngine) => void;

const POOLED = '(postgres, behind a transaction pooler)';

function onPostgres(name: string, suite: Suite, options: { isPooled?: boolean; isByCinema?: boolean } = {}): void {
  describe(name, { tags: 'postgres' }, () => suite(testEngine('postgres', options)));
}

/** Runs a suite only on SQLite, because store tests already run every statement on both engines. */
export function describeSqlite(name: string, suite: Suite): void {
  describe(name, () => suite(testEngine('sqlite')));
}

/** Runs a suite, tagged `postgres`, only on PostgreSQL: for behaviour of its own, such as choosing an index. */
export const describePostgres = (name: string, suite: Suite): void => onPostgres(name, suite);

/**
 * Runs a suite twice: on encrypted SQLite files and, tagged `postgres`, on a real PostgreSQL server. The tables of cinemas are
 * partitioned by them there, and a statement that goes to all of them without saying so fails the test.
 */
export function describeEachEngine(name: string, suite: Suite): void {
  describeSqlite(`${name} (sqlite)`, suite);
  onPostgres(`${name} (postgres)`, suite, { isByCinema: true });
}

/**
 * Runs a suite as `describeEachEngine` does, with a transaction pooler before PostgreSQL: for what several processes do on one
 * database, where a lock or a setting of a session would not hold.
 */
export function describeEachWay(name: string, suite: Suite): void {
  describeSqlite(`${name} (sqlite)`, suite);
  onPostgres(`${name} ${POOLED}`, suite, { isPooled: true, isByCinema: true });
}

/**
 * Runs a suite, tagged `postgres`, on PostgreSQL behind a transaction pooler: for what several processes do on one database, which
 * a SQLite file never has. What is left in a session fails the test.
 */
export const describeBehindPooler = (name: string, suite: Suite): void =>
  onPostgres(`${name} ${POOLED}`, suite, { isPooled: true });

/** The sets of steps that stores were opened with. */
const opened = new Set<string>();

function testEngine(engine: Engine, { isPooled = false, isByCinema = false } = {}) {
  const atTheEnd: (() => Promise<void> | void)[] = [];

  function afterUse(cleanUp: () => Promise<void> | void): void {
    if (TestRunner.getCurrentTest()) onTestFinished(cleanUp);
    else atTheEnd.push(cleanUp);
  }

  async function url(): Promise<string> {
    const empty = await freshUrl(() => {});
    if (isByCinema) awaitService(empty);
    return empty;
  }

  async function freshUrl(fill: (url: string) => Promise<void> | void): Promise<string> {
    if (engine === 'postgres') {
      const taken = await takePostgresDatabase();
      afterUse(async () => {
        try {
          await assertOneCinemaEach(taken);
        } finally {
          await giveBackPostgresDatabase(taken);
        }
      });
      // Before a pooler has connections: copying needs the database without them.
      await fill(taken);
      return isPooled ? behindPooler(taken) : taken;
    }
    const directory = mkdtempSync(join(tmpdir(), 'ticket-check-sqlite-'));
    afterUse(() => rmSync(directory, { recursive: true, force: true }));
    const fresh = sqliteUrl(join(directory, 'store.db'));
    await fill(fresh);
    return fresh;
  }

  async function behindPooler(taken: string): Promise<string> {
    const pooler = await startTransactionPooler(taken);
    afterUse(async () => {
      const left = await pooler.leftovers().finally(pooler.stop);
      if (left.length > 0) throw new Error(`Left in sessions, where others find it: ${left.join(', ')}`);
    });
    return pooler.url;
  }

  async function migratedUrl(migrations: Migrations): Promise<string> {
    const fresh = await freshUrl((empty) => migrateFresh(empty, migrations, { isByCinema }));
    if (isByCinema) noteStatements(fresh);
    return fresh;
  }

  /** The first database of a set of steps may be the only one, so it takes them when it is opened. */
  async function urlToOpen(migrations: Migrations): Promise<string> {
    const set = nameOfSet(engine, migrations);
    if (isByCinema || opened.has(set)) return migratedUrl(migrations);
    opened.add(set);
    return url();
  }

  afterAll(async () => {
    for (const cleanUp of atTheEnd.toReversed()) await cleanUp();
  });

  return {
    engine,
    /** For `openStore` on an `url()`; PostgreSQL takes no notice of it. */
    encryptionKey: ENCRYPTION_KEY,
    /** A store on a fresh database, or one more on the database at a URL. */
    async open<DB>(migrations: Migrations, at?: string): Promise<Store<DB>> {
      const store = await openStore<DB>({
        url: at ?? (await urlToOpen(migrations)),
        encryptionKey: ENCRYPTION_KEY,
        migrations,
      });
      afterUse(() => store.close());
      return store;
    },
    /** The URL of a fresh database. */
    url,
    /** The URL of one that has taken a set of steps: a copy. */
    migratedUrl,
  };
}
