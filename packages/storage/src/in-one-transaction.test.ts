import { expect, it } from 'vitest';
import { inOneTransaction } from './in-one-transaction.ts';
import { describeEachEngine } from './testing/describe-each-engine.ts';
import { type MarksDatabase, marksMigrations } from './testing/marks.ts';

describeEachEngine('one transaction for what is written for a store', ({ open }) => {
  it.each(['transaction', 'batch'] as const)(
    'is rolled back if a %s in it failed, even if the error was caught',
    async (part) => {
      const store = await open<MarksDatabase>(marksMigrations);
      const working = inOneTransaction(store, async (within) => {
        const mark = (number: number) => within.db.insertInto('mark').values({ number, processId: 1 });
        const fails =
          part === 'batch'
            ? within.batch([mark(1).compile(), mark(1).compile()])
            : within.transaction(async () => {
                await mark(1).execute();
                throw new Error('not this one');
              });
        await fails.catch(() => {});
        return 'done';
      });
      await expect(working).rejects.toThrow(part === 'batch' ? /unique/i : 'not this one');
      expect(await store.db.selectFrom('mark').selectAll().execute()).toEqual([]);
    },
  );
});
