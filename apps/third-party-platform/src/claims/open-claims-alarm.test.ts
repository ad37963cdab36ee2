import { createRecordStore } from '@ticket-check/check-records';
import { UNTOLD_ORIGIN } from '@ticket-check/protocol';
import { createMetrics } from '@ticket-check/runtime';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../migrations.ts';
import { checkTicket, makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { createClaimCounters } from './claim-counts.ts';
import { claimMetrics } from './claim-metrics.ts';
import { claimingRecords, createClaimStore } from './claim-store.ts';
import { createOpenClaimsAlarm, watchOpenClaims } from './open-claims-alarm.ts';
import { claimFor } from './testing/claims.ts';

const GAUGE = 'claims_alarmed_accounts';

describeEachEngine('claims without check records', (engine) => {
  test('are alarmed in metrics and log, for each account that leaves as many as OPEN_CLAIMS_ALARM', async () => {
    const clock = { at: Date.now() };
    const now = () => clock.at;
    const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations);
    const records = createRecordStore(store, { inSameTransaction: claimingRecords(store) });
    const claims = createClaimStore(store, now);
    const alarm = createOpenClaimsAlarm({ claims, max: 3, now });
    const metrics = createMetrics();
    claimMetrics(metrics, { counts: createClaimCounters(), claims, openAlarm: alarm, now });
    const lines: Record<string, unknown>[] = [];
    const watch = watchOpenClaims(alarm, pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }));
    const alarmedAccounts = async () => / (\d+)$/m.exec(await metrics.getSingleMetricAsString(GAUGE))?.[1];
    const alarmed = async () => {
      lines.length = 0;
      await watch.run(new AbortController().signal);
      return lines.map(({ username, open, level }) => ({ username, open, level }));
    };

    const ukey = makeUkey();
    for (const [account, count] of [
      ['terminal-1', 4],
      ['terminal-2', 3],
      ['terminal-3', 2],
    ] as const) {
      for (let made = 0; made < count; made += 1) await claims.claim(claimFor(account));
      // An admission that was reported is no open claim.
      const record = checkTicket(sellTicket(ukey));
      const received = {
        ...record,
        account,
        ...UNTOLD_ORIGIN,
        receivedAt: record.checkTime,
        quarantine: null,
        differences: [],
      };
      await claims.claim({ ...claimFor(account), ...record });
      await records.keep([received], { forward: false });
    }
    expect(await alarmed()).toEqual([]);
    expect(await alarmedAccounts()).toBe('0');

    clock.at += 301_000;
    expect(await alarmed()).toEqual([
      { username: 'terminal-1', open: 4, level: 50 },
      { username: 'terminal-2', open: 3, level: 50 },
    ]);
    expect(await alarmedAccounts()).toBe('2');
  });
});
