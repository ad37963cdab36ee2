// @module-tag slow
import { describeSqlite } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createRecordStore, type RecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { type PlainPeer, startPlainPeer } from '../testing/plain-peer.ts';
import { listParked, makeRecord, makeRecords } from '../testing/records.ts';
import { createForwarder } from './forwarder.ts';

const now = () => Date.parse('2026-11-24T20:00:00+08:00');

describeSqlite('the size of reports', (engine) => {
  async function forwarding(records: RecordStore, peer: PlainPeer) {
    const options = {
      recordStore: records,
      upstream: async () => peer.upstream,
      now,
      logger: pino({ level: 'silent' }),
    };
    const forwarder = createForwarder(options);
    onTestFinished(() => forwarder.stop());
    forwarder.start();
    await forwarder.drain();
  }

  it('stays below a million bytes, whatever the records hold', async () => {
    const sizes: number[] = [];
    const peer = await startPlainPeer((tickets) => {
      sizes.push(Buffer.byteLength(JSON.stringify(tickets)));
      return true;
    }, now);
    const records = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations));
    const names = { screenName: '影'.repeat(128), filmName: '\u0001'.repeat(128) };
    await records.keep(makeRecords(1000, names), { forward: true });
    await forwarding(records, peer);
    expect(peer.kept).toHaveLength(1000);
    expect(sizes.length).toBeGreaterThan(1);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(1_000_100);
  });

  it.each([413, 'BODY_TOO_LARGE'])(
    'parks a single record that is refused for its size (%s), and sends the rest',
    async (how) => {
      const large = makeRecord(3, { filmName: 'x'.repeat(50_000) });
      const refused = { ErrorCode: 'BODY_TOO_LARGE', ErrorMessage: 'too large' };
      const body = JSON.stringify({ Version: '1.0', Datetime: '2026-11-24T20:00:00', ReplyData: refused });
      const peer = await startPlainPeer((tickets) => {
        if (!tickets.some(({ FilmName }) => FilmName === large.filmName)) return true;
        return how === 413 ? { status: 413 } : { status: 413, body };
      }, now);
      const store = await engine.open<CheckRecordTables>(checkRecordMigrations);
      const records = createRecordStore(store);
      await records.keep([makeRecord(1), makeRecord(2), large, makeRecord(4), makeRecord(5)], { forward: true });
      await forwarding(records, peer);
      expect(peer.kept).toHaveLength(4);
      expect(await records.summary()).toMatchObject({ waiting: 0, parked: 1 });
      expect(await listParked(store)).toMatchObject([{ record: { recordId: large.recordId } }]);
    },
  );
});
