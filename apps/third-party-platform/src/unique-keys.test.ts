import { describeEachEngine, uniqueKeysWithout } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { thirdPartyMigrations } from './database.ts';

/** Rewriting a million records would take minutes, 900 MB of memory and four times their disk; and a file is never distributed. */
const OF_SQLITE = ['check_record (record_id, identity)', 'outbox (record_id, identity)'];

describeEachEngine('every unique key', ({ engine, open }) => {
  test('of a table with cinemas holds the cinema code, so that the table can be distributed by it', async () => {
    const exceptions = engine === 'sqlite' ? OF_SQLITE : [];
    expect(await uniqueKeysWithout(await open(thirdPartyMigrations), 'cinema_code')).toEqual(exceptions);
  });
});
