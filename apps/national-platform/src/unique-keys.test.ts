import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describePostgres, tablesWith, uniqueKeysWithout } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { nationalMigrations } from './database.ts';

/** A Ukey belongs to only one cinema, so the key has to span all cinemas. The table is small: a few rows per cinema. */
const OVER_ALL_CINEMAS = ['public_key (fingerprint)'];

describePostgres('every unique key', ({ open }) => {
  test('of a table with cinemas holds the cinema code, so that the table can be distributed by it', async () => {
    expect(await uniqueKeysWithout(await open(nationalMigrations), 'cinema_code')).toEqual(OVER_ALL_CINEMAS);
  });

  test('can be used there: deploy/cluster/distribute.sql takes every table with cinemas', async () => {
    const script = readFileSync(join(import.meta.dirname, '../../../deploy/cluster/distribute.sql'), 'utf8');
    const tables = await tablesWith(await open(nationalMigrations), 'cinema_code');
    expect(tables.filter((name) => !script.includes(`'${name}'`))).toEqual([]);
  });
});
