import { CompiledQuery } from 'kysely';
import { expect, it } from 'vitest';
import { openTestStore } from '../testing/test-store.ts';
import { supersededIntents } from './scan-store.ts';

it('looks for scans that were overtaken among the open ones, however many lie in the store', async () => {
  const store = await openTestStore();
  const { sql, parameters } = supersededIntents(store.db).limit(100).compile();
  const { rows } = await store.db.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
  );
  const ofScans = rows.map(({ detail }) => detail).filter((step) => / scan\b/.test(step));
  expect(ofScans).toEqual([expect.stringContaining('USING INDEX scan_open_intent')]);
});
