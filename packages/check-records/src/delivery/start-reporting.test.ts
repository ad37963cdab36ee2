import type { Upstream } from '@ticket-check/exchange';
import { parseTicketType } from '@ticket-check/protocol';
import { createMetrics, type Job, type JobDefinition, type Service, startJob } from '@ticket-check/runtime';
import { createJobs } from '@ticket-check/storage';
import { describeBehindPooler } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { PLATFORM_DEADLINE } from '../outbox/deadline.ts';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { createReversals } from '../undo/reversals.ts';
import { SENDING_AGAIN } from './restore-watch.ts';
import { startReporting } from './start-reporting.ts';

const PATIENT = { timeout: 60_000, interval: 10 };

describeBehindPooler('reporting by one of several processes', (engine) => {
  /** Two processes' stores on one database, and reporting from the first of them to an upstream whose data may be of another generation. */
  async function startOneOfTwo(resendOthers: () => Promise<void>) {
    const url = await engine.url();
    const [store, other] = [
      await engine.open<CheckRecordTables>(checkRecordMigrations, url),
      await engine.open<CheckRecordTables>(checkRecordMigrations, url),
    ];
    const peer = { generation: 'g-1' };
    const upstream = {
      url: 'https://platform.example:9000',
      generation: () => peer.generation,
      replaces: () => [],
      position: () => null,
      believesLess: () => true,
    };
    const jobs: JobDefinition[] = [];
    const started = new Map<string, Job>();
    const ends: (() => unknown)[] = [];
    const announced: (() => void)[] = [];
    const service = {
      logger: pino({ level: 'silent' }),
      now: Date.now,
      metrics: createMetrics(),
      defer: (end: () => unknown) => void ends.push(end),
      check: () => {},
      job(job: JobDefinition) {
        jobs.push(job);
        return { trigger: async () => started.get(job.name)?.trigger?.() };
      },
    } as unknown as Service;
    startReporting(service, {
      store,
      recordStore: createRecordStore(store),
      reversals: createReversals(store),
      connection: {
        upstream: async () => upstream as unknown as Upstream,
        onUp: () => {},
        onAnnounced: (listener) => void announced.push(listener),
      },
      complete: async () => null,
      deadline: PLATFORM_DEADLINE,
      settings: { COMPLETION_SECONDS: 60, RESEND_DAYS: 3, FALLBACK_TICKET_TYPE: parseTicketType('网络售票') },
      resendOthers,
    });
    const { logger, now } = service;
    for (const job of jobs) started.set(job.name, await startJob(job, { table: createJobs(store), now, logger }));
    return {
      store,
      other: createJobs(other),
      peer,
      announce() {
        for (const listener of announced) listener();
      },
      stopJobs: () => Promise.all([...started.values()].map((job) => job.stop())),
      async end() {
        for (const deferred of ends) await deferred();
      },
    };
  }

  it('leaves what it sends again to the next process at once where it ends meanwhile', async () => {
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { store, other, peer, announce, stopJobs, end } = await startOneOfTwo(() => {
      begun.resolve();
      return goOn.promise;
    });
    // Everything was sent to the first generation.
    await vi.waitFor(async () => {
      expect(await store.db.selectFrom('upstreamGeneration').selectAll().execute()).toHaveLength(1);
    }, PATIENT);
    peer.generation = 'g-2';
    announce();
    await begun.promise;
    await stopJobs();
    let hasEnded = false;
    const ended = end().then(() => {
      hasEnded = true;
    });
    expect(await other.alone(SENDING_AGAIN, async () => 'sends')).toBeNull();
    expect(hasEnded).toBe(false);
    goOn.resolve();
    await ended;
    await store.close();
    expect(await other.alone(SENDING_AGAIN, async () => 'sends')).toBe('sends');
  });
});
