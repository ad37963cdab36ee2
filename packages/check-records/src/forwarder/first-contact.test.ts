// @module-tag slow
import { describeSqlite } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { startPlatform } from '../testing/platform.ts';
import { type ProxyStep, startProxy } from '../testing/proxy.ts';
import { makeRecord } from '../testing/records.ts';
import { createForwarder } from './forwarder.ts';

const now = () => Date.parse('2026-11-24T20:00:00+08:00');
const PATIENT = { timeout: 20_000, interval: 10 };

// A proxy's answers while the platform behind it restarts, each given before the peers know each other.
const NOT_THE_PEER: [string, ProxyStep][] = [
  ['a bodyless 502', { status: 502 }],
  ['a page with status 503', { status: 503, body: '<html>Service Unavailable</html>' }],
  [
    'what an HTTP server of ours says while it closes',
    { status: 503, body: '{"error":"Service Unavailable","code":"FST_ERR_CLOSING","statusCode":503}' },
  ],
  ['garbage with status 200', { body: '<html>Welcome</html>' }],
  ['JSON that is no envelope', { body: '{"status":"ok"}' }],
  ['a cut connection', (socket) => void socket.destroy()],
];

describeSqlite('the first contact with a platform behind a proxy', (engine) => {
  it.each(NOT_THE_PEER)('says nothing of it where it was %s: one record stays one record', async (_, step) => {
    const platform = await startPlatform(engine, { now });
    const proxy = await startProxy(platform);
    // One call of two attempts, then the platform is there again and its first reply to a report is lost.
    let unwell = 2;
    let lost = 0;
    proxy.on = (api) => {
      if (unwell-- > 0) return step;
      return api === 'ReportOriginalCheckTickets' && lost++ === 0 ? 'lose-reply' : 'pass';
    };
    const records = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations));
    const upstream = await platform.connect({ url: proxy.url });
    const announced = Promise.withResolvers<void>();
    const forwarder = createForwarder({
      recordStore: records,
      async upstream() {
        if (lost > 0) await announced.promise;
        return upstream;
      },
      now,
      logger: pino({ level: 'silent' }),
      settings: { firstHoldMs: 20 },
    });
    onTestFinished(() => forwarder.stop());
    const record = makeRecord(1);
    await records.keep([record], { forward: true });
    forwarder.start();
    await vi.waitFor(() => expect(lost).toBeGreaterThan(0), PATIENT);
    // Any other call, a guest's question or the key sync, tells what the platform speaks before the report goes again.
    await upstream.call('GetPublicKeys', {}, { read: (reply) => reply, timeoutMs: 5000, idempotent: true });
    announced.resolve();
    await vi.waitFor(async () => expect(await records.summary()).toMatchObject({ waiting: 0 }), PATIENT);

    const kept = await platform.store.db.selectFrom('checkRecord').select(['recordId', 'filmTicketCode']).execute();
    expect(kept, proxy.steps.join('\n')).toEqual([
      { recordId: record.recordId, filmTicketCode: record.filmTicketCode },
    ]);
  });
});
