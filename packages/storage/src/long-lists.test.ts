import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { isOneOf } from './long-lists.ts';
import { describeEachEngine } from './testing/index.ts';
import { type MarksDatabase, mark, marksMigrations } from './testing/marks.ts';

/** More than SQLite, and as texts and numbers together more than PostgreSQL, takes as parameters of one statement. */
const MANY = 40_000;

describeEachEngine('a list of values', ({ open }) => {
  it.each([3, MANY])('may have %i of them', async (count) => {
    const store = await open<MarksDatabase>(marksMigrations);
    for (const number of [1, 2, count + 1]) await mark(store, number);
    const numbers = Array.from({ length: count }, (_, n) => n + 1);
    const texts = numbers.map((number) => `it's "${number}"`);
    const marks = () => store.db.selectFrom('mark').select('number').orderBy('number');
    const found = async (query: ReturnType<typeof marks>) => (await query.execute()).map(({ number }) => number);
    expect(await found(marks().where('number', 'in', numbers))).toEqual([1, 2]);
    expect(await found(marks().where('number', 'not in', numbers))).toEqual([count + 1]);
    const { rows } = await sql`select 1 as one where ${isOneOf(sql.val(texts[1]), texts)}`.execute(store.reports);
    expect(rows).toEqual([{ one: 1 }]);
  });
});
