import { parseCinemaCode } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createKeyStore, type FetchRecord } from './key-store.ts';
import { type KeyCacheTables, keyCacheMigrations } from './migrations.ts';
import { newUkey } from './testing/ukey.ts';

describeEachEngine('the rows of the key cache', ({ open, url }) => {
  test('are written by two processes at once that fetched the same cinemas in different orders', async () => {
    const at = await url();
    const logger = pino({ level: 'silent' });
    const process = async () => createKeyStore(await open<KeyCacheTables>(keyCacheMigrations, at), { logger });
    const [one, other] = [await process(), await process()];
    const cinemas = Array.from({ length: 40 }, (_, n) => parseCinemaCode(String(33_012_300 + n)));
    const key = newUkey('2026-01-01T00:00:00');
    const fetches = cinemas.map((cinemaCode): FetchRecord => {
      return { cinemaCode, at: 1, alarm: null, kind: 'replaced', keys: [key] };
    });
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([...fetches.map(one.record), ...fetches.toReversed().map(other.record)]);
    }
    expect(await one.status()).toHaveLength(cinemas.length);
  });
});
