import { addSeconds, epochOf, parseWallClock, type WallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import { createRecordStore, type RecordStore } from '../store/record-store.ts';
import type { OwnStore } from '../tables/tables.ts';
import { openRecords, openStore } from '../testing/open-records.ts';
import { CINEMA, makeRecords } from '../testing/records.ts';
import { createRestoreWatch, type RestoreWatch } from './restore-watch.ts';

// @module-tag service

const NOW = parseWallClock('2026-11-24T20:00:00');

describeEachEngine('a watch for upstreams that were restored', (engine) => {
  let store: OwnStore;
  let url: string;
  let records: RecordStore;
  let peer: { url: string; generation: string | null; replaces?: string[]; position?: number } | null;
  let watch: RestoreWatch;
  let queued: number;
  let isBelieved: boolean;
  let stopping: AbortController;
  let resendOthers: (since: WallClock) => Promise<void>;

  beforeEach(async () => {
    url = await engine.url();
    ({ store, records } = await openRecords(engine, url));
    peer = { url: 'https://platform.example:9000', generation: 'g-1' };
    [queued, isBelieved] = [0, true];
    resendOthers = async () => {};
    stopping = new AbortController();
    watch = newWatch();
  });

  /** What a process has that starts on this store, or another one on its database. */
  function newWatch(on = store): RestoreWatch {
    return createRestoreWatch({
      store: on,
      recordStore: createRecordStore(on),
      upstream: async () => {
        if (peer === null) return null;
        const { url } = peer;
        return {
          url,
          generation: () => peer?.generation ?? null,
          replaces: () => peer?.replaces ?? [],
          position: () => peer?.position ?? null,
          believesLess: () => isBelieved,
        };
      },
      resendOthers: (since) => resendOthers(since),
      onQueued: () => {
        queued += 1;
      },
      resendDays: 3,
      now: () => epochOf(NOW),
      logger: pino({ level: 'silent' }),
      stopping: stopping.signal,
    });
  }

  async function deliver(count: number, at = NOW, changes = {}): Promise<void> {
    await records.keep(makeRecords(count, changes), { forward: true });
    const waiting = (await records.outbox.oldest(CINEMA, 1000)).complete;
    await records.outbox.confirm(waiting, at);
  }

  const waiting = async () => (await records.summary()).waiting;

  it('sends the last days again once for each further generation, also across restarts', async () => {
    await watch.look();
    await deliver(2, addSeconds(NOW, -4 * 86_400), { checkTime: addSeconds(NOW, -4 * 86_400) });
    await deliver(3);
    peer = { url: 'https://platform.example:9000', generation: 'g-2' };
    expect(await Promise.all([watch.look(), watch.look()])).toEqual([3, 0]);
    expect(await waiting()).toBe(3);
    expect(await newWatch().look()).toBe(0);
    peer.generation = 'g-3';
    expect(await newWatch().look()).toBe(3);
  });

  it('sends the last days again, once, where the same generation has less than it had', async () => {
    const hear = async (position: number | undefined) => {
      peer = { url: 'https://platform.example:9000', generation: 'g-1', ...(position !== undefined && { position }) };
      await watch.compare();
    };
    await hear(100);
    await deliver(3);
    // One process of the upstream may not know at once what another one has written.
    await hear(200);
    await hear(199);
    await hear(undefined);
    expect(await waiting()).toBe(0);
    isBelieved = false;
    await hear(150);
    expect(await waiting()).toBe(0);
    isBelieved = true;
    await hear(150);
    expect([await waiting(), queued]).toEqual([3, 1]);
    expect(await newWatch().look()).toBe(0);
    const sent = (await records.outbox.oldest(CINEMA, 1000)).complete;
    await records.outbox.confirm(sent, NOW);
    for (const position of [150, 160, 170]) await hear(position);
    expect(await waiting()).toBe(0);
    peer = { url: 'https://platform.example:9000', generation: 'g-1', position: 120 };
    expect(await newWatch().look()).toBe(3);
  });

  it('has other things sent again before it knows the generation, and again where that failed', async () => {
    await watch.look();
    peer = { url: 'https://platform.example:9000', generation: 'g-2' };
    resendOthers = () => Promise.reject(new Error('the disk is full'));
    await expect(watch.look()).rejects.toThrow('the disk is full');
    const since: WallClock[] = [];
    resendOthers = async (moment) => {
      since.push(moment);
    };
    await newWatch().look();
    await newWatch().look();
    expect(since).toEqual([addSeconds(NOW, -3 * 86_400)]);
    peer = { url: 'https://other.example:9000', generation: 'x-1' };
    await watch.look();
    expect(since).toHaveLength(1);
  });

  it('has everything sent again by the next start where the service ended meanwhile', async () => {
    await watch.look();
    await deliver(3);
    peer = { url: 'https://platform.example:9000', generation: 'g-2' };
    resendOthers = async () => stopping.abort();
    expect(await watch.look()).toBe(0);
    let again = 0;
    resendOthers = async () => {
      again += 1;
    };
    stopping = new AbortController();
    expect(await newWatch().look()).toBe(3);
    expect(again).toBe(1);
  });

  it('knows data that were restored at another address by what they replace, once', async () => {
    await watch.look();
    await deliver(3);
    peer = { url: 'https://new-machine.example:9000', generation: 'g-2', replaces: ['g-1', 'g-0'] };
    expect(await watch.look()).toBe(3);
    expect(await newWatch().look()).toBe(0);
    // The same backup again, on a third machine: it names what it was, and not the generation that came in between.
    peer = { url: 'https://third-machine.example:9000', generation: 'g-3', replaces: ['g-1', 'g-0'] };
    expect(await watch.look()).toBe(3);
    // The disk of the first machine after all, which lacks what came later.
    peer = { url: 'https://first-again.example:9000', generation: 'g-1', replaces: ['g-0'] };
    expect(await watch.look()).toBe(3);
    expect(await watch.look()).toBe(0);
  });

  it('sends nothing again to a different platform, and says nothing of one that names no generation', async () => {
    await watch.look();
    await deliver(3);
    peer = { url: 'https://other.example:9000', generation: 'x-1', replaces: ['x-0'] };
    expect(await watch.look()).toBe(0);
    peer.generation = null;
    expect(await watch.look()).toBe(0);
    peer = null;
    expect(await watch.look()).toBe(0);
    peer = { url: 'https://platform.example:9000', generation: 'g-2' };
    expect(await watch.look()).toBe(3);
  });

  // A SQLite database is served by one process.
  if (engine.engine === 'sqlite') return;

  it('acts in one of several processes that hear of it at once', async () => {
    await watch.look();
    await deliver(3);
    peer = { url: 'https://platform.example:9000', generation: 'g-2' };
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    resendOthers = () => {
      begin();
      return ended;
    };
    const first = watch.look();
    await begun;
    const second = newWatch(await openStore(engine, url)).look();
    resendOthers = () => Promise.reject(new Error('another process is at it'));
    end();
    expect(await Promise.all([first, second])).toEqual([3, 0]);
    expect(await waiting()).toBe(3);
  });
});
