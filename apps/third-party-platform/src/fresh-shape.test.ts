import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEachEngine, comparable, freshShapeOf } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { thirdPartyMigrations } from './migrations.ts';

describeEachEngine('a fresh database', (engine) => {
  it('has the shape that all steps so far have led to', async () => {
    const shape = await freshShapeOf(await engine.migratedUrl(thirdPartyMigrations));
    const before = readFileSync(join(import.meta.dirname, `testing/fresh-shape.${engine.engine}.txt`), 'utf8');
    expect(comparable(shape)).toBe(comparable(before));
  });
});
