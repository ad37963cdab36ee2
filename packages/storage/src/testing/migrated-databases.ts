import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DataSettings } from '../data-store.ts';
import type { Engine, Migrations, Step } from '../migrations.ts';
import { openStore } from '../store.ts';
import { isSqliteUrl, parseSqliteUrl, sqliteUrl } from '../store-url.ts';
import { isAwaited, noteStatements, partitionByCinema } from './by-cinema.ts';
import { renewRandomValues, tablesIn } from './plain-connection.ts';
import { copyPostgresDatabase, takePostgresDatabase } from './postgres-door.ts';

// Migrating a database takes longer than most tests. In one process it is done once for each set of steps; the databases after
// the first one are copies.

/** The key of every SQLite database that tests make. */
export const ENCRYPTION_KEY = '0123456789abcdef'.repeat(4);

/** A database that has taken a set of steps, to be copied. */
type Original = {
  /** Fills an empty place, or an empty PostgreSQL database, with a copy of the migrated one that has its own random values. */
  copyTo(url: string): Promise<void>;
};

const originals = new Map<string, Promise<Original>>();
const numbers = new WeakMap<Step, number>();
let numbered = 0;

/** The same for sets that hold the same steps under the same names. */
export function nameOfSet(engine: Engine, migrations: Migrations): string {
  const steps = Object.entries(migrations).map(([name, step]) => {
    const number = numbers.get(step) ?? ++numbered;
    numbers.set(step, number);
    return `${name} ${number}`;
  });
  return [engine, ...steps.sort()].join('\n');
}

/** Has a fresh database take a set of steps, as opening it would. */
export async function migrateFresh(url: string, migrations: Migrations, { isByCinema = false } = {}): Promise<void> {
  const engine = isSqliteUrl(url) ? 'sqlite' : 'postgres';
  const name = `${nameOfSet(engine, migrations)}${isByCinema ? ' by cinema' : ''}`;
  const make = () =>
    engine === 'sqlite' ? makeSqliteOriginal(migrations) : makePostgresOriginal(migrations, isByCinema);
  const original = originals.get(name) ?? make();
  originals.set(name, original);
  await (await original).copyTo(url);
}

/**
 * The same for the database of a service, where its place is there and nobody has made it yet. A service whose settings cannot be
 * read has none.
 */
export async function migrateFreshService(readSettings: () => DataSettings, migrations: Migrations): Promise<void> {
  const settings = settingsUnlessWrong(readSettings);
  if (settings === null) return;
  const { DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = settings;
  if (!(await isFresh(url))) return;
  if (isSqliteUrl(url)) {
    if (exists(keyFile)) return;
    writeFileSync(keyFile, `${ENCRYPTION_KEY}\n`, { mode: 0o600 });
  }
  const isByCinema = isAwaited(url);
  await migrateFresh(url, migrations, { isByCinema });
  if (isByCinema) noteStatements(url);
}

function settingsUnlessWrong(readSettings: () => DataSettings): DataSettings | null {
  try {
    return readSettings();
  } catch (error) {
    if ((error as { expected?: unknown }).expected === true) return null;
    throw error;
  }
}

async function makeSqliteOriginal(migrations: Migrations): Promise<Original> {
  const directory = mkdtempSync(join(tmpdir(), 'ticket-check-migrated-'));
  try {
    const path = join(directory, 'store.db');
    await takeSteps(sqliteUrl(path), migrations);
    const bytes = readFileSync(path);
    return {
      async copyTo(url) {
        writeFileSync(parseSqliteUrl(url), bytes, { mode: 0o600, flag: 'wx' });
        await renewRandomValues({ url, encryptionKey: ENCRYPTION_KEY });
      },
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function makePostgresOriginal(migrations: Migrations, isByCinema = false): Promise<Original> {
  const original = await takePostgresDatabase();
  await takeSteps(original, migrations);
  if (isByCinema) await partitionByCinema(original);
  return { copyTo: (url) => copyPostgresDatabase(original, url) };
}

async function takeSteps(url: string, migrations: Migrations): Promise<void> {
  const store = await openStore({ url, encryptionKey: ENCRYPTION_KEY, migrations });
  await store.close();
}

async function isFresh(url: string): Promise<boolean> {
  if (isSqliteUrl(url)) return exists(dirname(parseSqliteUrl(url))) && !exists(parseSqliteUrl(url));
  return (await tablesIn({ url, encryptionKey: ENCRYPTION_KEY })).length === 0;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
