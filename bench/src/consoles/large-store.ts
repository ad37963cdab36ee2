import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { auditLogOf } from '@ticket-check/operators';
import { CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { readThirdPartySettings } from '../../../apps/third-party-platform/src/config.ts';
import { openDatabase, type ThirdPartyStore } from '../../../apps/third-party-platform/src/database.ts';
import { say } from '../print.ts';
import { fillDay } from './fill-day.ts';
import { fillBesides } from './fill-store.ts';
import { dateBefore, type LargeStore } from './shape.ts';

const KEPT_IN = join(import.meta.dirname, '../../.data');
const RUN = 'consoles_run';
const OPERATIONS = 100_000;
const OPERATIONS_A_STATEMENT = 2000;

/** The kept data of the third-party platform; each run gets a copy. */
export function largeStore(
  shape: LargeStore,
  /** A PostgreSQL server, `postgres://…`, that keeps the data and where they are copied; null for SQLite. */
  server: string | null,
) {
  const { days, aDay, longDay } = shape;
  const name = `consoles_${dateBefore(0).replaceAll('-', '')}_${days}_${aDay}_${longDay}`;
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
          await fill(shape, { DATA_DIR: `${path}_making`, DATABASE_URL: urlOf(`${name}_making`) });
          await tell(`alter database ${name}_making rename to ${name}`);
        });
      } else if (!existsSync(path)) {
        const making = `${path}.making`;
        for (const old of [making, `${making}.key`]) rmSync(old, { recursive: true, force: true });
        mkdirSync(dirname(path), { recursive: true });
        await fill(shape, { DATA_DIR: making });
        renameSync(`${making}.key`, `${path}.key`);
        renameSync(making, path);
      }
    },

    /**
     * Copies the data for a platform that was not started yet.
     *
     * @param directory its data directory
     * @returns the database settings of the platform
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

async function fill({ days, aDay, longDay, ...ofCinemas }: LargeStore, env: Record<string, string>): Promise<void> {
  const store = await openDatabase(readThirdPartySettings(env));
  const counts = [longDay, ...Array.from({ length: days }, () => aDay)];
  const all = counts.map((count, index) => {
    const from = counts.slice(0, index).reduce((sum, before) => sum + before, 0);
    return { ...ofCinemas, date: dateBefore(days - index), count, from };
  });
  const told = async (what: string, work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    say(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  };
  try {
    if (store.engine === 'sqlite') await hasten(store);
    await withoutIndexes(store, async () => {
      for (const day of all) await told(`${day.date}: ${day.count} records made`, () => fillDay(store, day));
    });
    for (const day of all) await told(`${day.date}: what belongs to them`, () => fillBesides(store, day.date));
    await told('all else', async () => {
      await fillAudit(store);
      if (store.engine === 'postgres') await sql`vacuum analyze`.execute(store.db);
    });
  } finally {
    await store.close();
  }
}

/** Runs something while check records have only their primary key: building indexes afterwards takes a fraction of the time. */
async function withoutIndexes(store: ThirdPartyStore, work: () => Promise<void>): Promise<void> {
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
  // SQLite drops the statistics together with an index.
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

/** An interrupted build starts again, so it need not be durable. */
async function hasten({ db }: ThirdPartyStore): Promise<void> {
  await sql`pragma synchronous = off`.execute(db);
  await sql`pragma cache_size = -1000000`.execute(db);
}

async function fillAudit(store: ThirdPartyStore): Promise<void> {
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
