import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { auditLogOf, type OperationTables } from '@ticket-check/operators';
import { type BusinessDate, businessDate, parseBusinessDate, wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { say } from '../print.ts';

/** What lies in the store of a platform before anything is measured. */
export type LargeStore = {
  /** Business dates that end with the one that is now, so many records each. */
  readonly days: number;
  readonly aDay: number;
  /** Of one business date more, before those. */
  readonly longDay: number;
  readonly cinemas: number;
  readonly firstCinema: number;
};

/** One of the business dates, and the number of its first record. */
export type DayToFill = LargeStore & { readonly date: BusinessDate; readonly count: number; readonly from: number };

/** A platform's store that is filled. */
export type Filling = {
  /** Begins the name under which the data are kept. */
  readonly name: string;
  open(env: Record<string, string>): Promise<{
    readonly store: Store<OperationTables>;
    /** Makes the check records of a business date. */
    fillDay(day: DayToFill): Promise<void>;
    /** Makes what belongs to them; it comes after the records of all dates. */
    fillBesides(day: DayToFill): Promise<void>;
    /** Makes what is of no business date; it comes last. */
    fillRest(shape: LargeStore): Promise<void>;
  }>;
};

const KEPT_IN = join(import.meta.dirname, '../../.data');
const RUN = 'consoles_run';
const SECONDS_A_DAY = 86_400;
const OPERATIONS = 100_000;
const OPERATIONS_A_STATEMENT = 2000;

/** A business date so many days before the one that is now. */
export function dateBefore(days: number): BusinessDate {
  const today = Date.parse(businessDate(wallClockAt(Date.now())));
  return parseBusinessDate(new Date(today - days * SECONDS_A_DAY * 1000).toISOString().slice(0, 10));
}

/** Where the data of a platform are kept, and how each run comes to a copy of them. */
export function largeStore(
  shape: LargeStore,
  filling: Filling,
  /** A PostgreSQL server, `postgres://…`, that keeps the data and where they are copied; null for SQLite. */
  server: string | null,
) {
  const { days, aDay, longDay } = shape;
  const name = `${filling.name}_${dateBefore(0).replaceAll('-', '')}_${days}_${aDay}_${longDay}`;
  const path = join(KEPT_IN, name);
  const urlOf = (database: string) => Object.assign(new URL(server ?? ''), { pathname: `/${database}` }).href;

  return {
    /** Makes the data where this was not done yet on this business date, which takes minutes. */
    async make(): Promise<void> {
      if (server !== null) {
        await atServer(server, async ({ tell, isThere }) => {
          if (await isThere(name)) return;
          await tell(`drop database if exists ${name}_making`);
          await tell(`create database ${name}_making`);
          await fill(shape, filling, { DATA_DIR: `${path}_making`, DATABASE_URL: urlOf(`${name}_making`) });
          await tell(`alter database ${name}_making rename to ${name}`);
        });
      } else if (!existsSync(path)) {
        const making = `${path}.making`;
        for (const old of [making, `${making}.key`]) rmSync(old, { recursive: true, force: true });
        mkdirSync(dirname(path), { recursive: true });
        await fill(shape, filling, { DATA_DIR: making });
        renameSync(`${making}.key`, `${path}.key`);
        renameSync(making, path);
      }
    },

    /**
     * Copies the data for a platform that was not started yet.
     *
     * @param directory its data directory
     * @returns what the platform is told of its database
     */
    async copyTo(directory: string): Promise<Record<string, string>> {
      if (server === null) {
        cpSync(path, directory, { recursive: true, preserveTimestamps: true });
        cpSync(`${path}.key`, `${directory}.key`);
        return {};
      }
      await atServer(server, async ({ tell }) => {
        await tell(`drop database if exists ${RUN} with (force)`);
        await tell(`create database ${RUN} template ${name} strategy file_copy`);
      });
      return { DATABASE_URL: urlOf(RUN) };
    },

    /** Deletes the copy on a server; a file goes with the directory. */
    async forgetCopy(): Promise<void> {
      if (server !== null)
        await atServer(server, async ({ tell }) => tell(`drop database if exists ${RUN} with (force)`));
    },
  };
}

type Admin = { tell(text: string): Promise<unknown>; isThere(database: string): Promise<boolean> };

async function atServer(server: string, work: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: server, max: 1 }) }) });
  try {
    await work({
      tell: (text) => admin.executeQuery(CompiledQuery.raw(text)),
      async isThere(database) {
        const asked = CompiledQuery.raw('select datname from pg_database where datname = $1', [database]);
        return (await admin.executeQuery(asked)).rows.length > 0;
      },
    });
  } finally {
    await admin.destroy();
  }
}

async function fill(shape: LargeStore, filling: Filling, env: Record<string, string>): Promise<void> {
  const { days, aDay, longDay } = shape;
  const { store, fillDay, fillBesides, fillRest } = await filling.open(env);
  const counts = [longDay, ...Array.from({ length: days }, () => aDay)];
  const all = counts.map((count, index): DayToFill => {
    const from = counts.slice(0, index).reduce((sum, before) => sum + before, 0);
    return { ...shape, date: dateBefore(days - index), count, from };
  });
  const told = async (what: string, work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    say(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  };
  try {
    if (store.engine === 'sqlite') await hasten(store);
    await withoutIndexes(store, async () => {
      for (const day of all) await told(`${day.date}: ${day.count} records made`, () => fillDay(day));
    });
    for (const day of all) await told(`${day.date}: what belongs to them`, () => fillBesides(day));
    await told('all else', async () => {
      await fillRest(shape);
      await fillAudit(store);
      if (store.engine === 'postgres') await sql`vacuum analyze`.execute(store.db);
    });
  } finally {
    await store.close();
  }
}

/** Does something while check records have their key alone: indexes are made in a fraction of the time that it takes to add row by row. */
async function withoutIndexes(store: Store<OperationTables>, work: () => Promise<void>): Promise<void> {
  const { engine, db } = store;
  const { rows: indexes } = await (engine === 'postgres'
    ? sql<{ name: string; made: string }>`
        select indexname as name, indexdef as made from pg_indexes
        where schemaname = current_schema() and tablename = 'check_record'
          and indexname not in (select conname from pg_constraint)
      `
    : sql<{ name: string; made: string }>`
        select name, sql as made from sqlite_schema where type = 'index' and tbl_name = 'check_record' and sql is not null
      `
  ).execute(db);
  // SQLite forgets with an index what it was told of it.
  const hints =
    engine === 'sqlite'
      ? (
          await sql<{
            idx: string;
            stat: string;
          }>`select idx, stat from sqlite_stat1 where tbl = 'check_record'`.execute(db)
        ).rows
      : [];
  for (const { name } of indexes) await sql`drop index ${sql.id(name)}`.execute(db);
  await work();
  for (const { name, made } of indexes) {
    const startedAt = performance.now();
    await sql.raw(made).execute(db);
    say(`${name}: made in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }
  for (const { idx, stat } of hints)
    await sql`insert into sqlite_stat1 (tbl, idx, stat) values ('check_record', ${idx}, ${stat})`.execute(db);
  if (hints.length > 0) await sql`analyze sqlite_schema`.execute(db);
}

/** What is cut off is made anew, so it need not be durable while it is made. */
async function hasten({ db }: Store<OperationTables>): Promise<void> {
  await sql`pragma synchronous = off`.execute(db);
  await sql`pragma cache_size = -1000000`.execute(db);
}

async function fillAudit(store: Store<OperationTables>): Promise<void> {
  const { db, engine } = store;
  const padded = (width: number) =>
    engine === 'postgres'
      ? sql`lpad(cast(i as text), ${sql.lit(width)}, '0')`
      : sql`printf(${sql.lit(`%0${width}d`)}, i)`;
  for (let from = 0; from < OPERATIONS; from += OPERATIONS_A_STATEMENT) {
    const beganAt = `${dateBefore(Math.floor((OPERATIONS - from) / 4000))}T10:00:00`;
    await sql`
      with recursive number (i) as (
        select cast(${from} as bigint) union all
        select i + 1 from number where i < ${from + OPERATIONS_A_STATEMENT - 1}
      )
      insert into operation (id, name, actor, began_at, ended_at, failed, what, "from")
      select '00000000-0000-7000-8000-' || ${padded(12)}, 'report day', 'operator-' || (i % 50),
        cast(${beganAt} as text), cast(${beganAt} as text), 0, '{"businessDate":"2026-01-01"}', '192.0.2.1'
      from number
    `.execute(db);
  }
  await auditLogOf(store).catchUp();
}
