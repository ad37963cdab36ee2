import { expect, it } from 'vitest';
import { type Engine, mergeMigrations, type Step } from './migrations.ts';

it('runs what several owners bring to one step in the order of the owners', async () => {
  const ran: string[] = [];
  const noting =
    (what: string): Step =>
    async (_db, engine) =>
      void ran.push(`${what} on ${engine}`);
  const merged = mergeMigrations({ '0001': noting('seats') }, { '0001': noting('rows'), '0002': noting('doors') });
  expect(Object.keys(merged)).toEqual(['0001', '0002']);
  const engine: Engine = 'sqlite';
  for (const step of Object.values(merged)) await step({} as never, engine);
  expect(ran).toEqual(['seats on sqlite', 'rows on sqlite', 'doors on sqlite']);
});
