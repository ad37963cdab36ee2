import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import type { Engine, Migrations } from '../migrations.ts';
import { sqliteUrl } from '../sqlite/sqlite-url.ts';
import { openStore, type Store } from '../store.ts';
import { freshPostgresUrl } from './fresh-database.ts';

export interface TestEngine {
  readonly engine: Engine;
  /** For `openStore` on an `url()`; PostgreSQL takes no notice of it. */
  readonly encryptionKey: string;
  /** A store of its own on a fresh database, or on the one at `url`. Closed after the suite unless the test closes it. */
  open<DB>(migrations: Migrations, url?: string): Promise<Store<DB>>;
  /** The URL of a fresh database. */
  url(): Promise<string>;
}

const ENCRYPTION_KEY = '0123456789abcdef'.repeat(4);

/** Runs a suite twice: on an encrypted SQLite file and on a real PostgreSQL server. */
export function describeEachEngine(name: string, suite: (engine: TestEngine) => void): void {
  describe.each(['sqlite', 'postgres'] as const)(`${name} (%s)`, (engine) => {
    const open: Store<unknown>[] = [];
    let directory: string | undefined;
    let files = 0;

    async function url(): Promise<string> {
      if (engine === 'postgres') return freshPostgresUrl();
      directory ??= mkdtempSync(join(tmpdir(), 'ticket-check-sqlite-'));
      files += 1;
      return sqliteUrl(join(directory, `${files}.db`));
    }

    afterAll(async () => {
      await Promise.all(open.map((store) => store.close()));
      if (directory) rmSync(directory, { recursive: true, force: true });
    });

    suite({
      engine,
      encryptionKey: ENCRYPTION_KEY,
      async open<DB>(migrations: Migrations, at?: string) {
        const store = await openStore<DB>({ url: at ?? (await url()), encryptionKey: ENCRYPTION_KEY, migrations });
        open.push(store as Store<unknown>);
        return store;
      },
      url,
    });
  });
}
