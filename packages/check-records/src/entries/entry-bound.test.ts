import { addSeconds } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { makeRecord } from '../testing/records.ts';
import { BY_TICKET, createEntryBound, createEntryCount } from './entry-bound.ts';

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

  it('lets copies of a stored report pass beside each other, and a new one once those that were not recognised have ended', async () => {
    const { keep, first, again, reporting } = await setUp();
    await keep([first]);
    const copies = Array.from({ length: 3 * MAX }, reporting);
    const reports = copies.map(({ report }) => report(first));
    await expect.poll(() => copies.flatMap(({ admitted }) => admitted)).toHaveLength(3 * MAX);
    const { report, end } = reporting();
    end();
    const [genuine] = again(1);
    await expect(report(genuine!)).rejects.toMatchObject({ code: 'OVERLOADED' });
    // The bound would admit this number even if all were new.
    for (const copy of copies.slice(0, MAX - 1)) copy.end();
    await Promise.all(reports.slice(0, MAX - 1));
    expect(await report(genuine!)).toEqual([null]);
    for (const copy of copies) copy.end();
    expect(await Promise.all(reports)).toEqual(Array.from({ length: 3 * MAX }, () => [null]));
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

  it('near it, refuses for a moment what depends on the reports before', async () => {
    const { keep, first, again, reporting } = await setUp();
    await keep([first]);
    const [kept, failing] = [reporting(), reporting()];
    const [one, two, three, four] = again(4);
    const counts = kept.report(one!);
    const fails = failing.report(two!).then(null, (error: Error) => error.message);
    await expect.poll(() => [...kept.admitted, ...failing.admitted]).toHaveLength(2);
    const next = reporting();
    next.end();
    await expect(next.report(three!)).rejects.toMatchObject({ code: 'OVERLOADED' });
    kept.end();
    await counts;
    await expect(next.report(three!)).rejects.toMatchObject({ code: 'OVERLOADED' });
    failing.fail();
    expect(await fails).toBe('the disk is full');
    expect(await next.report(three!)).toEqual([null]);
    expect(await next.report(four!)).toEqual(['TOO_MANY_ENTRIES']);
  });
});
