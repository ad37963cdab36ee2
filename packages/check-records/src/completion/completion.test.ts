import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { openRecords } from '../testing/open-records.ts';
import { INCOMPLETE, makeRecord } from '../testing/records.ts';
import { createCompletion } from './completion.ts';

const NOW = epochOf(parseWallClock('2026-11-24T21:00:00'));

describeSqlite('completing records', (engine) => {
  it('says once that nobody answers, however many records wait, and again after an answer', async () => {
    const { records: recordStore } = await openRecords(engine);
    const records = Array.from({ length: 60 }, (_, n) => makeRecord(n + 1, INCOMPLETE));
    await recordStore.keep(records, { forward: true });
    const warned: object[] = [];
    let asked = 0;
    let answers = false;
    const completion = createCompletion({
      recordStore,
      complete: async () => {
        asked += 1;
        if (!answers) throw new Error('no answer');
        return null;
      },
      now: () => NOW,
      logger: { warn: (line: object) => void warned.push(line), error: expect.unreachable },
      windowMs: 3_600_000,
      delivered: false,
    });
    for (let pass = 0; pass < 5; pass += 1) await completion.look();
    expect(asked).toBeGreaterThanOrEqual(5);
    expect(warned).toEqual([{ err: new Error('no answer'), recordId: records[0]?.recordId }]);
    answers = true;
    await completion.look();
    answers = false;
    await recordStore.keep([makeRecord(61, INCOMPLETE)], { forward: true });
    await completion.look();
    expect(warned).toHaveLength(2);
    await completion.stop();
  });
});
