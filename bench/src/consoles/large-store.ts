import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { auditLogOf } from '@ticket-check/operators';
import { type BusinessDate, businessDate, businessDay, parseBusinessDate, wallClockAt } from '@ticket-check/protocol';
import { CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { readThirdPartySettings } from '../../../apps/third-party-platform/src/config.ts';
import { openDatabase, type ThirdPartyStore } from '../../../apps/third-party-platform/src/database.ts';
import { fillDay } from '../fill-day.ts';
import { say } from '../print.ts';

/** What lies in the store of a third-party platform before anything is measured. */
export type LargeStore = {
  /** Business dates that end with the one that is now, so many records each. */
  readonly days: number;
  readonly aDay: number;
  /** Of one business date more, before those. */
  readonly longDay: number;
  readonly cinemas: number;
  readonly firstCinema: number;
};

const KEPT_IN = join(import.meta.dirname, '../../.data');
const SECONDS_A_DAY = 86_400;
const OPERATIONS = 100_000;
const OPERATIONS_A_STATEMENT = 2000;

/** A business date so many days before the one that is now. */
export function dateBefore(days: number): BusinessDate {
  const today = Date.parse(businessDate(wallClockAt(Date.now())));
  return parseBusinessDate(new Date(today - days * SECONDS_A_DAY * 1000).toISOString().slice(0, 10));
}

/**
 * Fills the data directory of a third-party platform that was not started yet. The data are made once a business date, which
 * takes minutes, and copied from where they are kept.
 *
 * @param server a PostgreSQL server, `postgres://…`, that keeps the data and where they are copied; null for SQLite
 * @returns what the platform is told of its database
 */
export async function useLargeStore(
  shape: LargeStore,
  { directory, server }: { directory: string; server: string | null },
): Promise<Record<string, string>> {
  const { days, aDay, longDay } = shape;
  const name = `consoles_${dateBefore(0).replaceAll('-', '')}_${days}_${aDay}_${longDay}`;
  return server === null ? useFile(shape, join(KEPT_IN, name), directory) : useDatabase(shape, name, server);
}

async function useFile(shape: LargeStore, kept: string, directory: string): Promise<Record<string, string>> {
  if (!existsSync(kept)) {
    const making = `${kept}.making`;
    for (const path of [making, `${making}.key`]) rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(kept), { recursive: true });
    await fill(shape, { DATA_DIR: making });
    renameSync(`${making}.key`, `${kept}.key`);
    renameSync(making, kept);
  }
  cpSync(kept, directory, { recursive: true, preserveTimestamps: true });
  cpSync(`${kept}.key`, `${directory}.key`);
  return {};
}

async function useDatabase(shape: LargeStore, kept: string, server: string): Promise<Record<string, string>> {
  const urlOf = (name: string) => Object.assign(new URL(server), { pathname: `/${name}` }).href;
  const admin = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: server, max: 1 }) }) });
  const tell = (text: string) => admin.executeQuery(CompiledQuery.raw(text));
  try {
    const known = await admin.executeQuery<{ datname: string }>(
      CompiledQuery.raw('select datname from pg_database where datname = $1', [kept]),
    );
    if (known.rows.length === 0) {
      await tell(`drop database if exists ${kept}_making`);
      await tell(`create database ${kept}_making`);
      await fill(shape, { DATA_DIR: join(KEPT_IN, `${kept}_making`), DATABASE_URL: urlOf(`${kept}_making`) });
      await tell(`alter database ${kept}_making rename to ${kept}`);
    }
    await tell('drop database if exists consoles_run with (force)');
    await tell(`create database consoles_run template ${kept} strategy file_copy`);
  } finally {
    await admin.destroy();
  }
  return { DATABASE_URL: urlOf('consoles_run') };
}

async function fill(shape: LargeStore, env: Record<string, string>): Promise<void> {
  const { days, aDay, longDay, cinemas, firstCinema } = shape;
  const store = await openDatabase(readThirdPartySettings(env));
  try {
    const all = [longDay, ...Array.from({ length: days }, () => aDay)];
    let from = 0;
    for (const [index, count] of all.entries()) {
      const date = dateBefore(days - index);
      const startedAt = performance.now();
      await fillDay(store, { date, count, from, cinemas, firstCinema });
      await fillBesides(store, date);
      say(`${date}: ${count} records made in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
      from += count;
    }
    await fillAudit(store);
    if (store.engine === 'postgres') await sql`vacuum analyze`.execute(store.db);
  } finally {
    await store.close();
  }
}

/** Of a day: its doubles and late refunds as findings, older ones noted; refused records; entries that were undone. */
async function fillBesides({ db }: ThirdPartyStore, date: BusinessDate): Promise<void> {
  const { from, until } = businessDay(date);
  const ofTheDay = sql`c.check_time >= ${from} and c.check_time < ${until} and c.quarantine is null`;
  const notedAt = date < dateBefore(3) ? until : null;
  await sql`
    insert into finding (start_time, cinema_code, film_ticket_code, kind, found_at, noted_at)
    select distinct c.start_time, c.cinema_code, c.film_ticket_code,
      case when c.record_id like '%999' then 'DOUBLE' else 'LATE_REFUND' end, c.received_at, cast(${notedAt} as text)
    from check_record c where ${ofTheDay} and (c.record_id like '%999' or c.record_id like '%504')
  `.execute(db);
  await sql`
    insert into outbox (
      record_id, identity, cinema_code, check_time, start_time, incomplete, revision, attempts, parked_at, next_attempt_at,
      error_code, error_message
    )
    select c.record_id, c.identity, c.cinema_code, c.check_time, c.start_time, 0, 1, 3, c.received_at, '2999-01-01T00:00:00',
      'BAD_RECORD', 'refused'
    from check_record c where ${ofTheDay} and c.record_id like '%3001'
  `.execute(db);
  await sql`
    insert into reversal (
      reverses, identity, cinema_code, account, record_id, film_ticket_code, start_time, check_time, reversed_at, received_at,
      delivered_at
    )
    select c.record_id, c.identity, c.cinema_code, c.account, replace(c.record_id, '-8000-', '-9000-'), c.film_ticket_code,
      c.start_time, c.check_time, c.check_time, c.received_at, c.received_at
    from check_record c where ${ofTheDay} and c.record_id like '%7002'
  `.execute(db);
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
