import { onTestFinished } from 'vitest';
import { openStore, type Store, type StoreOptions } from '../store.ts';
import { sqliteUrl } from '../store-url.ts';
import { type MarksDatabase, marksMigrations } from './marks.ts';

export const KEY = '0f'.repeat(32);

/** Opens a store of marks at a path of a SQLite file or at a URL, which is closed when the test has finished. */
export async function openMarks(place: string, options: Partial<StoreOptions> = {}): Promise<Store<MarksDatabase>> {
  const url = place.startsWith('/') ? sqliteUrl(place) : place;
  const store = await openStore<MarksDatabase>({ url, encryptionKey: KEY, migrations: marksMigrations, ...options });
  onTestFinished(() => store.close());
  return store;
}
