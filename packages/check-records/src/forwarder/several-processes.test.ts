import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { checkRecordMigrations } from '../migrations.ts';
import { createRecordStore } from '../record-store.ts';
import type { CheckRecordTables } from '../tables.ts';
import { startPlainPeer } from '../testing/plain-peer.ts';
import { makeRecords } from '../testing/records.ts';
import { createForwarder } from './forwarder.ts';

const PATIENT = { timeout: 20_000, interval: 10 };
const now = () => Date.parse('2026-11-24T20:00:00+08:00');

describeEachEngine('forwarding by every process of a database', (engine) => {
  // A SQLite database is served by one process.
  const count = engine.engine === 'sqlite' ? 1 : 3;

  it('sends each record once, whichever of them it came to, and goes on when one of them ends', async () => {
    const url = await engine.url();
    const peer = await startPlainPeer(() => true, now);
    const processes = await Promise.all(
      Array.from({ length: count }, async () => {
        const records = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations, url));
        const forwarder = createForwarder({
          recordStore: records,
          upstream: async () => peer.upstream,
          now,
          logger: pino({ level: 'silent' }),
        });
        onTestFinished(() => forwarder.stop());
        forwarder.start();
        return { records, forwarder };
      }),
    );
    const batch = makeRecords(300);
    await Promise.all(batch.map((record, n) => processes[n % count]!.records.keep([record], { forward: true })));
    const sent = () =>
      vi.waitFor(async () => expect(await processes.at(-1)!.records.summary()).toMatchObject({ waiting: 0 }), PATIENT);
    await sent();
    if (count > 1) await processes[0]!.forwarder.stop();
    const later = makeRecords(320).slice(300);
    await Promise.all(later.map((record, n) => processes[n % count]!.records.keep([record], { forward: true })));
    await sent();
    const codes = (records: readonly { filmTicketCode: string }[]) =>
      records.map(({ filmTicketCode }) => filmTicketCode).sort();
    expect(peer.kept.map(({ FilmTicketCode }) => FilmTicketCode).sort()).toEqual(codes([...batch, ...later]));
  });
});
