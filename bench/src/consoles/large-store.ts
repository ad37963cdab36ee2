import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { auditLogOf } from '@ticket-check/operators';
import { readThirdPartySettings } from '@ticket-check/third-party-platform/config';
import { openDatabase, type ThirdPartyStore } from '@ticket-check/third-party-platform/database';
import { sql } from 'kysely';
import { say } from '../command-line.ts';
import { fillAudit, fillBesides, fillDay } from './fill.ts';
import { dateBefore, type LargeStore } from './shape.ts';

const KEPT_IN = join(import.meta.dirname, '../../.data');

/** The kept data of the third-party platform, made where that was not done yet on this business date; each run gets a copy. */
export async function largeStore(shape: LargeStore): Promise<{ copyTo(directory: string): void }> {
  const { days, aDay, longDay } = shape;
  const path = join(KEPT_IN, `consoles_${dateBefore(0).replaceAll('-', '')}_${days}_${aDay}_${longDay}`);
  if (!existsSync(path)) {
    const making = `${path}.making`;
    for (const old of [making, `${making}.key`]) rmSync(old, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    await fill(shape, making);
    renameSync(`${making}.key`, `${path}.key`);
    renameSync(making, path);
  }
  return {
    copyTo(directory) {
      cpSync(path, directory, { recursive: true, preserveTimestamps: true });
      cpSync(`${path}.key`, `${directory}.key`);
    },
  };
}

async function fill({ days, aDay, longDay, ...ofCinemas }: LargeStore, directory: string): Promise<void> {
  const store = await openDatabase(readThirdPartySettings({ DATA_DIR: directory }));
  const counts = [longDay, ...Array.from({ length: days }, () => aDay)];
  const all = counts.map((count, index) => {
    const from = counts.slice(0, index).reduce((sum, before) => sum + before, 0);
    return { ...ofCinemas, date: dateBefore(days - index), count, from };
  });
  const reported = async (what: string, work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    say(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  };
  try {
    // An interrupted build starts again, so it need not be durable.
    await sql`pragma synchronous = off`.execute(store.db);
    await sql`pragma cache_size = -1000000`.execute(store.db);
    await withoutIndexes(store, async () => {
      for (const day of all) await reported(`${day.date}: ${day.count} records made`, () => fillDay(store, day));
    });
    for (const { date } of all) await reported(`${date}: what belongs to them`, () => fillBesides(store, date));
    await reported('the audit', () => fillAudit(store));
    await auditLogOf(store).catchUp();
  } finally {
    await store.close();
  }
}

/** Runs something while check records have only their primary key: building indexes afterwards takes a fraction of the time. */
async function withoutIndexes({ db }: ThirdPartyStore, work: () => Promise<void>): Promise<void> {
  const { rows: indexes } = await sql<{ name: string; made: string }>`
    select name, sql as made from sqlite_schema where type = 'index' and tbl_name = 'check_record' and sql is not null
  `.execute(db);
  // SQLite drops the statistics together with an index.
  const { rows: hints } = await sql<{ idx: string; stat: string }>`
    select idx, stat from sqlite_stat1 where tbl = 'check_record'
  `.execute(db);
  for (const { name } of indexes) await sql`drop index ${sql.id(name)}`.execute(db);
  await work();
  for (const { made } of indexes) await sql.raw(made).execute(db);
  for (const { idx, stat } of hints)
    await sql`insert into sqlite_stat1 (tbl, idx, stat) values ('check_record', ${idx}, ${stat})`.execute(db);
  if (hints.length > 0) await sql`analyze sqlite_schema`.execute(db);
}
