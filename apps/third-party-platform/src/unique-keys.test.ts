import { describePostgres, uniqueKeysWithout } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { thirdPartyMigrations } from './database.ts';

describePostgres('every unique key', ({ open }) => {
  test('of a table with cinemas holds the cinema code, so that the table can be distributed by it', async () => {
    expect(await uniqueKeysWithout(await open(thirdPartyMigrations), 'cinema_code')).toEqual([]);
  });
});
