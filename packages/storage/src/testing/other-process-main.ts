import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from 'kysely';
import { loadOrCreateKey } from '../database-key.ts';
import { createJobs } from '../jobs.ts';
import { takeServeLock } from '../serve-store.ts';
import { openStore, type Store } from '../store.ts';
import { type MarksDatabase, mark, marksMigrations } from './marks.ts';
import type { Request } from './other-process.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

let release: (() => void) | undefined;
let held: Promise<void> | undefined;

async function withStore<T>(url: string, encryptionKey: string, use: (store: Store<MarksDatabase>) => Promise<T>) {
  const store = await openStore<MarksDatabase>({ url, encryptionKey, migrations: marksMigrations });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function answer(request: Request): Promise<string> {
  switch (request.do) {
    case 'open':
      return withStore(request.url, request.encryptionKey, async (store) => store.generation);
    case 'mark': {
      // Left open, as by a service that runs on.
      const store = await openStore<MarksDatabase>({ ...request, migrations: marksMigrations });
      for (let done = 0; done < request.count; done += 1) await mark(store, request.first + done);
      return 'marked';
    }
    case 'hold': {
      const { url, encryptionKey } = request;
      return new Promise((resolve) => {
        held = withStore(url, encryptionKey, (store) =>
          store.transaction(async (trx) => {
            // The first statement takes the lock.
            await sql`select 1`.execute(trx);
            resolve('held');
            await new Promise<void>((done) => {
              release = done;
            });
          }),
        );
      });
    }
    case 'own': {
      const store = await openStore<MarksDatabase>({ url: request.url, migrations: marksMigrations });
      return new Promise((resolve) => {
        void createJobs(store, request).alone(request.name, () => {
          resolve('held');
          return new Promise<void>(() => {});
        });
      });
    }
    case 'release':
      release?.();
      await held;
      return 'released';
    case 'key':
      return loadOrCreateKey(request.path);
    case 'serve':
      takeServeLock(request.dataDir);
      // It lasts as long as the process, even if a caller keeps the result.
      collectGarbage();
      return 'serving';
  }
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const text = await answer(JSON.parse(line)).catch((error) => `${error.code ?? error}`);
  process.stdout.write(`${text}\n`);
}
