import { createLogger } from '@ticket-check/runtime';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { createKeyDemand, type KeyDemandTables, keyDemandMigrations } from './key-demand.ts';

const MINUTE = 60_000;
const CINEMA = '31012801';

describeSqlite('a question for keys', (engine) => {
  /** The demands of two processes on one database. */
  async function setUp() {
    const url = await engine.url();
    const clock = { time: 1_000_000_000 };
    const lines: string[] = [];
    const open = () => engine.open<KeyDemandTables>(keyDemandMigrations, url);
    const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
    const demandOn = (store: Awaited<ReturnType<typeof open>>) =>
      createKeyDemand(store, { recentMs: MINUTE, now: () => clock.time, logger });
    const store = await open();
    const rows = () => store.db.selectFrom('keyQuestion').selectAll().orderBy('username').execute();
    return { clock, store, lines, rows, demand: demandOn(store), elsewhere: demandOn(await open()) };
  }

  test('is no demand the first time, and is one the next time within the time, at whichever process', async () => {
    const { clock, demand, elsewhere } = await setUp();
    expect(await demand('terminal-1', CINEMA)).toBe(false);
    clock.time += MINUTE - 1;
    expect(await elsewhere('terminal-1', CINEMA)).toBe(true);
    clock.time += 1_000;
    expect(await demand('terminal-1', CINEMA)).toBe(true);
  });

  test('is no demand on schedule, nor for other accounts and other cinemas', async () => {
    const { clock, demand, elsewhere } = await setUp();
    for (let round = 0; round < 5; round += 1) {
      expect(await (round % 2 ? demand : elsewhere)('terminal-1', CINEMA)).toBe(false);
      expect(await demand('terminal-2', CINEMA)).toBe(false);
      expect(await demand('terminal-1', '31012802')).toBe(false);
      clock.time += MINUTE;
    }
  });

  test('is written down some times within the time, however often it comes', async () => {
    const { clock, demand, rows } = await setUp();
    const written = new Set<number>();
    for (let second = 0; second < 60; second += 1) {
      await demand('terminal-1', CINEMA);
      clock.time += 1_000;
      for (const { askedAt } of await rows()) written.add(askedAt);
    }
    expect(written.size).toBe(20);
  });

  test('is answered also where it cannot be written, which is said once', async () => {
    const { demand, store, lines } = await setUp();
    await demand('terminal-1', CINEMA);
    await store.db.schema
      .alterTable('keyQuestion')
      .addColumn('unknown', 'text', (c) => c.notNull().defaultTo(''))
      .execute();
    await store.db.schema.createIndex('one_row').unique().on('key_question').column('unknown').execute();
    for (const username of ['terminal-2', 'terminal-3']) expect(await demand(username, CINEMA)).toBe(false);
    expect(await demand('terminal-1', CINEMA)).toBe(true);
    expect(lines.filter((line) => line.includes('failed to note a question'))).toHaveLength(1);
  });
});
