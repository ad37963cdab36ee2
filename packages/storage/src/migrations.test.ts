import { expect, it } from 'vitest';
import { formerly, mergeMigrations } from './migrations.ts';

const step = async (): Promise<void> => {};

it('merges the steps of several owners', () => {
  const merged = mergeMigrations({ '2026-01-01-seats': step }, { '2026-01-01-rows': step });
  expect(Object.keys(merged)).toEqual(['2026-01-01-seats', '2026-01-01-rows']);
});

it('refuses two steps with one name, of which one would never run', () => {
  expect(() => mergeMigrations({ '2026-01-01-seats': step }, { '2026-01-01-seats': async () => {} })).toThrow(
    'Two migrations are named 2026-01-01-seats.',
  );
});

it('refuses a step with the name that another one had', () => {
  const renamed = { '2026-01-01-rows': formerly('2026-01-02-rows', step) };
  expect(() => mergeMigrations(renamed, { '2026-01-02-rows': step })).toThrow(
    'Two migrations are named 2026-01-02-rows.',
  );
  expect(() => mergeMigrations(renamed, { '2026-01-01-seats': formerly('2026-01-02-rows', step) })).toThrow(
    'Two migrations are named 2026-01-02-rows.',
  );
});
