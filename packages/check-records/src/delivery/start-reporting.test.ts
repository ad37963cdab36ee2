import type { Upstream } from '@ticket-check/exchange';
import { parseTicketType } from '@ticket-check/protocol';
import { createMetrics, type Service } from '@ticket-check/runtime';
import { createJobs } from '@ticket-check/storage';
import { describeBehindPooler } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { PLATFORM_DEADLINE } from '../outbox/summary.ts';
import { openRecords, openStore } from '../testing/open-records.ts';
import { createReversals } from '../undo/reversals.ts';
import { startReporting } from './start-reporting.ts';

describeBehindPooler('reporting by one of several processes', (engine) => {
  it('leaves what it sends again to the next process once its own has ended, and not before', async () => {
    const url = await engine.url();
    const { store, records: recordStore } = await openRecords(engine, url);
    const next = createJobs(await openStore(engine, url));
    const sendAgain = () => next.alone('sending again', async () => 'sends');
    const peer = { url: 'https://platform.example:9000', replaces: () => [], position: () => null };
    let generation = 'g-1';
    const ends: (() => Promise<unknown>)[] = [];
    const announced: (() => void)[] = [];
    const upstream = { ...peer, generation: () => generation } as unknown as Upstream;
    const service = {
      ...{ logger: pino({ level: 'silent' }), now: Date.now, metrics: createMetrics() },
      ...{ check() {}, job: () => ({ trigger: async () => {} }) },
      defer: (end: () => Promise<unknown>) => void ends.push(end),
    } as unknown as Service;
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    startReporting(service, {
      ...{ store, recordStore, reversals: createReversals(store), complete: async () => null },
      connection: {
        upstream: async () => upstream,
        onUp() {},
        onAnnounced: (listener) => void announced.push(listener),
      },
      deadline: PLATFORM_DEADLINE,
      settings: { COMPLETION_SECONDS: 60, RESEND_DAYS: 3, FALLBACK_TICKET_TYPE: parseTicketType('网络售票') },
      resendOthers() {
        begun.resolve();
        return goOn.promise;
      },
    });
    // Everything was sent to the first generation.
    const noted = () => store.db.selectFrom('upstreamGeneration').select('generation').execute();
    await vi.waitFor(async () => expect(await noted()).toHaveLength(1), { timeout: 60_000, interval: 10 });
    generation = 'g-2';
    for (const announce of announced) announce();
    await begun.promise;
    const hasEnded = vi.fn();
    const ended = Promise.all(ends.map((end) => end())).then(hasEnded);
    expect(await sendAgain()).toBeNull();
    expect(hasEnded).not.toHaveBeenCalled();
    goOn.resolve();
    await ended;
    expect(await sendAgain()).toBe('sends');
    // Its resend was cut off: the next process does it.
    expect(await noted()).toEqual([{ generation: 'g-1' }]);
  });
});
