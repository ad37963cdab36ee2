import { addSeconds } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { makeRecord } from '../testing/records.ts';
import { createEntryBound } from './entry-bound.ts';
import { BY_TICKET, createEntryCount } from './entry-count.ts';

const MAX = 3;

describeEachEngine('the bound of entries', (engine) => {
  async function setUp() {
    const store = await engine.open<CheckRecordTables>(checkRecordMigrations);
    const records = createRecordStore(store);
    const bound = createEntryBound(store, { max: MAX, logger: { error: () => {} } });
    const keep = (given: readonly ReceivedRecord[]) => records.keep(given, { forward: false });
    const first = makeRecord(1);
    /** Further records of the same ticket and account. */
    const again = (count: number, changes: Partial<ReceivedRecord> = {}) =>
      Array.from({ length: count }, (_, n) => ({
        ...first,
        recordId: makeRecord(1).recordId,
        checkTime: addSeconds(first.checkTime, n + 1),
        ...changes,
      }));

    /** A report that is kept once `let` is called, or fails instead; `admitted` lists those the bound let in. */
    function reporting() {
      const admitted: ReceivedRecord[][] = [];
      const ended = Promise.withResolvers<void>();
      const report = (...given: ReceivedRecord[]) =>
        bound.within(given, async (bounded) => {
          admitted.push([...bounded]);
          await ended.promise;
          await keep(bounded);
          return bounded.map(({ quarantine }) => quarantine);
        });
      return { admitted, report, end: () => ended.resolve(), fail: () => ended.reject(new Error('the disk is full')) };
    }
    return { store, keep, first, again, reporting };
  }

  it('lets copies of a stored report pass beside each other, and a new one behind the few that have not been recognised', async () => {
    const { keep, first, again, reporting } = await setUp();
    await keep([first]);
    const copies = Array.from({ length: 3 * MAX }, reporting);
    const reports = copies.map(({ report }) => report(first));
    await expect.poll(() => copies.flatMap(({ admitted }) => admitted)).toHaveLength(3 * MAX);
    const { admitted, report, end } = reporting();
    const [genuine] = again(1);
    const reported = report(genuine!);
    // The bound would admit this number even if all were new.
    for (const copy of copies.slice(0, MAX - 1)) copy.end();
    await expect.poll(() => admitted).toHaveLength(1);
    for (const each of [...copies, { end }]) each.end();
    expect(await Promise.all([...reports, reported])).toEqual(Array.from({ length: 3 * MAX + 1 }, () => [null]));
  });

  it('lets reports of one ticket pass beside each other as long as all of them are within it', async () => {
    const { again, reporting } = await setUp();
    const { admitted, report, end } = reporting();
    const reported = again(MAX).map((record) => report(record));
    await expect.poll(() => admitted).toHaveLength(MAX);
    end();
    expect(await Promise.all(reported)).toEqual([[null], [null], [null]]);
  });

  it('does not wait where as many count as may, nor where the entries are those of other accounts', async () => {
    const { keep, again, reporting } = await setUp();
    await keep(again(MAX));
    const { admitted, report, end } = reporting();
    const [one, two] = again(2, { checkTime: addSeconds(makeRecord(1).checkTime, 60) });
    const reported = [one, two].map((record) => report(record!));
    const foreign = again(MAX, { account: 'terminal-2' }).map((record) => report(record));
    await expect.poll(() => admitted).toHaveLength(2 + MAX);
    end();
    expect(await Promise.all(reported)).toEqual([['TOO_MANY_ENTRIES'], ['TOO_MANY_ENTRIES']]);
    expect(await Promise.all(foreign)).toEqual([[null], [null], [null]]);
  });

  it('reads at most the bound from the entries of other accounts', async () => {
    const { store, keep, first, again } = await setUp();
    await keep(again(4 * MAX, { account: 'terminal-2' }));
    const rows = await store.readCommitted(createEntryCount(store, BY_TICKET, MAX)([first, makeRecord(2)]));
    expect(rows.map(({ entries }) => entries)).toEqual([MAX, 0]);
  });

  it('near it, decides only when it is known what became of the reports before', async () => {
    const { keep, first, again, reporting } = await setUp();
    await keep([first]);
    const [kept, failing] = [reporting(), reporting()];
    const [one, two, three, four] = again(4);
    const counts = kept.report(one!);
    const fails = failing.report(two!).then(null, (error: Error) => error.message);
    await expect.poll(() => [...kept.admitted, ...failing.admitted]).toHaveLength(2);
    const next = reporting();
    next.end();
    const takesItsPlace = next.report(three!);
    const exceeds = next.report(four!);
    kept.end();
    await counts;
    expect(next.admitted).toEqual([]);
    failing.fail();
    expect(await fails).toBe('the disk is full');
    expect(await takesItsPlace).toEqual([null]);
    expect(await exceeds).toEqual(['TOO_MANY_ENTRIES']);
  });
});
