import { describeEachEngine, uniqueKeysWithout } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { nationalMigrations } from './database.ts';

/** A Ukey belongs to only one cinema, so the key has to span all cinemas. The table is small: a few rows per cinema. */
const OVER_ALL_CINEMAS = ['public_key (fingerprint)'];
/** Rewriting a million records would take minutes, 900 MB of memory and four times their disk, and a file is not distributed. */
const OF_SQLITE = ['check_record (record_id, identity)', 'outbox (record_id, identity)'];

describeEachEngine('every unique key', ({ engine, open }) => {
  test('of a table with cinemas holds the cinema code, so that the table can be distributed by it', async () => {
    const exceptions = engine === 'sqlite' ? [...OF_SQLITE, ...OVER_ALL_CINEMAS] : OVER_ALL_CINEMAS;
    expect(await uniqueKeysWithout(await open(nationalMigrations), 'cinema_code')).toEqual(exceptions);
  });
});
