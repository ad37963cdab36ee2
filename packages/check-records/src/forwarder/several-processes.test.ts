import { describeBehindPooler } from '@ticket-check/storage/testing';
import { expect, it, vi } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import { makeForwarder, openRecords, openStore } from '../testing/open-records.ts';
import { startPlainPeer } from '../testing/plain-peer.ts';
import { CINEMA, INCOMPLETE, makeRecord, makeRecords } from '../testing/records.ts';

const PATIENT = { timeout: 60_000, interval: 10 };
const now = () => Date.parse('2026-11-24T20:00:00+08:00');

describeBehindPooler('forwarding by every process of a database', (engine) => {
  const count = 3;

  it('sends each record once, whichever process has it, completes it in one, and goes on when one of them ends', async () => {
    const url = await engine.url();
    const peer = await startPlainPeer(() => true, now);
    const completed: string[] = [];
    const processes = await Promise.all(
      Array.from({ length: count }, async () => {
        const { records } = await openRecords(engine, url);
        const forwarder = makeForwarder(records, {
          upstream: async () => peer.upstream,
          complete: async ({ recordId }) => {
            completed.push(recordId);
            return { ticketType: '现场售票' };
          },
          now,
        });
        return { records, forwarder };
      }),
    );
    const offline = makeRecord(400, INCOMPLETE);
    await processes[0]!.records.keep([offline], { forward: true });
    for (const { forwarder } of processes) forwarder.start();
    processes[1]!.forwarder.completing();
    const batch = makeRecords(300);
    await Promise.all(batch.map((record, n) => processes[n % count]!.records.keep([record], { forward: true })));
    const sent = () =>
      vi.waitFor(async () => expect(await processes.at(-1)!.records.summary()).toMatchObject({ waiting: 0 }), PATIENT);
    await sent();
    expect(completed).toEqual([offline.recordId]);
    await processes[0]!.forwarder.stop();
    const later = makeRecords(320).slice(300);
    await Promise.all(later.map((record, n) => processes[n % count]!.records.keep([record], { forward: true })));
    await sent();
    const codes = (records: readonly { filmTicketCode: string }[]) =>
      records.map(({ filmTicketCode }) => filmTicketCode).sort();
    expect(peer.kept.map(({ FilmTicketCode }) => FilmTicketCode).sort()).toEqual(codes([offline, ...batch, ...later]));
  });

  it('sends at once what it queues where nothing else waits; another process takes over from one that died', async () => {
    const url = await engine.url();
    const open = () => openStore(engine, url);
    const [store, other] = [await open(), createRecordStore(await open())];
    const dying = createRecordStore(store);
    const begun: number[] = [];
    dying.onQueued({ queued: (queued) => begun.push(queued.begun.size), readyFor: (cinemas) => [...cinemas] });
    for (const record of makeRecords(2)) await dying.keep([record], { forward: true });
    expect(begun).toEqual([1, 0]);
    const take = () => other.outbox.alone(CINEMA, 10, async ({ first }) => first.complete.length);
    expect(await take()).toBeNull();
    await store.db.updateTable('outboxOwner').set({ ownedUntil: 0 }).execute();
    expect(await take()).toBe(2);
  });

  it('keeps no queue from the others where it ends while it looks for what to send', async () => {
    const url = await engine.url();
    const peer = await startPlainPeer(() => true, now);
    const { store, records } = await openRecords(engine, url);
    await records.keep(makeRecords(1), { forward: true });
    const [found, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const outbox: typeof records.outbox = {
      ...records.outbox,
      async cinemas(...asked) {
        const cinemas = await records.outbox.cinemas(...asked);
        found.resolve();
        await goOn.promise;
        return cinemas;
      },
    };
    const forwarder = makeForwarder({ ...records, outbox }, { upstream: async () => peer.upstream, now });
    forwarder.start();
    await found.promise;
    const stopped = forwarder.stop();
    goOn.resolve();
    await stopped;
    await store.close();
    const { records: next } = await openRecords(engine, url);
    expect(await next.outbox.alone(CINEMA, 1, async () => 'sends')).toBe('sends');
  });
});
