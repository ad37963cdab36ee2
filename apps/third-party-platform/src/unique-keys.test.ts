import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describePostgres, tablesWith, uniqueKeysWithout } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { thirdPartyMigrations } from './database.ts';

describePostgres('every unique key', ({ open }) => {
  test('of a table with cinemas holds the cinema code, so that the table can be distributed by it', async () => {
    expect(await uniqueKeysWithout(await open(thirdPartyMigrations), 'cinema_code')).toEqual([]);
  });

  test('can be used there: deploy/cluster/distribute.sql takes every table with cinemas', async () => {
    const script = readFileSync(join(import.meta.dirname, '../../../deploy/cluster/distribute.sql'), 'utf8');
    const tables = await tablesWith(await open(thirdPartyMigrations), 'cinema_code');
    expect(tables.filter((name) => !script.includes(`'${name}'`))).toEqual([]);
  });
});
