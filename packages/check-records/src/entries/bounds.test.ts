import { addSeconds } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { openRecords } from '../testing/open-records.ts';
import { makeRecord } from '../testing/records.ts';
import { createEntryBound } from './bounds.ts';

const MAX = 3;

describeEachEngine('the bound of entries', (engine) => {
  async function setUp() {
    const { store, records } = await openRecords(engine);
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
    const report = (...given: ReceivedRecord[]) =>
      bound.within(given, async (bounded) => {
        await keep(bounded);
        return bounded.map(({ quarantine }) => quarantine);
      });
    return { bound, keep, first, again, report };
  }

  it('lets as many count as may, and every copy of those, however many come at once', async () => {
    const { keep, first, again, report } = await setUp();
    await keep([first]);
    const news = again(4);
    const copies = Array.from({ length: 3 * MAX }, () => first);
    const reported = await Promise.all([...copies, ...news, first].map((record) => report(record)));
    const counted = copies.map(() => [null]);
    const surplus = ['TOO_MANY_ENTRIES'];
    expect(reported).toEqual([...counted, [null], [null], surplus, surplus, [null]]);
    expect(await report(...news.slice(1), makeRecord(2))).toEqual([null, ...surplus, ...surplus, null]);
  });

  it('keeps reports of one ticket and account one after another, and nobody else waiting; a failure leaves its room', async () => {
    const { bound, keep, first, again, report } = await setUp();
    await keep([first]);
    const [one, two, three] = again(3) as [ReceivedRecord, ReceivedRecord, ReceivedRecord];
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const failing = bound.within([one, two], () => {
      begun.resolve();
      return ended.promise;
    });
    await begun.promise;
    let isKept = false;
    const next = report(three).finally(() => {
      isKept = true;
    });
    expect(await report(makeRecord(2), ...again(MAX, { account: 'terminal-2' }))).toEqual(Array(1 + MAX).fill(null));
    expect(isKept).toBe(false);
    ended.reject(new Error('the disk is full'));
    await expect(failing).rejects.toThrow('the disk is full');
    expect(await next).toEqual([null]);
    expect(await report(one, two)).toEqual([null, 'TOO_MANY_ENTRIES']);
  });
});
