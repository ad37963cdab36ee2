import { addSeconds, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { CINEMA, INCOMPLETE, makeRecord } from '../testing/records.ts';
import type { PageAfter } from './list-records.ts';
import { createRecordStore } from './record-store.ts';

const NOW = parseWallClock('2026-11-24T21:00:00');

/** A list, page by page. */
async function pages(list: (page: PageAfter) => Promise<ReceivedRecord[]>): Promise<ReceivedRecord[]> {
  const all: ReceivedRecord[] = [];
  for (let more = true; more; ) {
    const page = await list({ after: all.at(-1) ?? null, most: 2 });
    all.push(...page);
    more = page.length === 2;
  }
  return all;
}

describeEachEngine('incomplete records', (engine) => {
  it('are listed while they wait, and once sent only for a time after they came', async () => {
    const records = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations));
    // RecordIds rise, and what has the first of them came last: each list has its own order.
    const [first, second, third, fourth, old, ...others] = [1, 2, 3, 4, 5, 6, 7].map((n, index) =>
      makeRecord(n, {
        ...INCOMPLETE,
        receivedAt: addSeconds(NOW, index === 4 ? -3600 : 10 - index),
        quarantine: index === 5 ? 'CODE_NOT_GENUINE' : null,
        ...(index === 6 ? { ticketType: '网络售票' } : {}),
      }),
    ) as [ReceivedRecord, ReceivedRecord, ReceivedRecord, ReceivedRecord, ReceivedRecord];
    await records.keep([first, second, third, fourth, old, ...(others as ReceivedRecord[])], { forward: true });
    const { incomplete: waiting } = await records.outbox.oldest(CINEMA, 10);
    const waitingOf = (record: ReceivedRecord) =>
      waiting.find(({ record: { recordId } }) => recordId === record.recordId)!;
    await records.outbox.confirm([waitingOf(first), waitingOf(old)], NOW);
    await records.outbox.park([{ ...waitingOf(second), errorCode: 'X', errorMessage: '' }], NOW, NOW);

    expect(await pages(records.incompleteWaiting)).toEqual([second, third, fourth]);
    expect(await pages((page) => records.incompleteSince(NOW, page))).toEqual([fourth, third, second, first]);
  });
});
