// @module-tag postgres
import { createReversals } from '@ticket-check/check-records';
import { describePostgres } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { makeUkey, receivedRecord } from '../testing/test-cinema.ts';
import { freeingUndone } from './claim-store.ts';

const ukey = makeUkey();
describePostgres('compensating records of one ticket', (engine) => {
  test('stay within their bound where several processes keep them at once', async () => {
    const url = await engine.url();
    const open = () => engine.open<ThirdPartyTables>(thirdPartyMigrations, url);
    const stores = [await open(), await open()];
    const base = receivedRecord(ukey);
    const id = (n: number) => `01936000-0000-7000-8000-${n.toString(16).padStart(12, '0')}` as never;
    const MAX = 4;
    await Promise.all(
      Array.from({ length: 16 }, async (_, n) => {
        const store = stores[n % 2]!;
        const reversals = createReversals(store as never, { inSameTransaction: freeingUndone(store as never) });
        const given = { ...base, recordId: id(1000 + n), reverses: id(n + 1), reversedAt: base.checkTime };
        await reversals.keep([given as never], { maxOfTicket: MAX, forward: false });
      }),
    );
    const kept = await stores[0]!.db.selectFrom('reversal').selectAll().execute();
    expect(kept.length).toBe(MAX);
  });
});
