import type { Upstream } from '@ticket-check/exchange';
import { parseCinemaCode, parseTicketType, readReportReply } from '@ticket-check/protocol';
import { createMetrics, type JobDefinition, type RecurringJob, type Service } from '@ticket-check/runtime';
import { createLeases } from '@ticket-check/storage';
import { describePostgres } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { PLATFORM_DEADLINE } from '../outbox/deadline.ts';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { createReversals } from '../undo/reversals.ts';
import { startReporting } from './start-reporting.ts';

const PATIENT = { timeout: 20_000, interval: 10 };

describePostgres('reporting by one of several processes', (engine) => {
  it('ends while another process still sends again what a restored upstream has lost', async () => {
    const url = await engine.url();
    const [store, other] = [
      await engine.open<CheckRecordTables>(checkRecordMigrations, url),
      await engine.open<CheckRecordTables>(checkRecordMigrations, url),
    ];
    let generation = 'g-1';
    const call = vi.fn(async () => {
      generation = 'g-2';
      return { kind: 'delivered', reply: readReportReply({ ReportResult: true }) };
    });
    const upstream = { url: 'https://platform.example:9000', generation: () => generation, replaces: () => [], call };
    const jobs: JobDefinition[] = [];
    const ends: (() => unknown)[] = [];
    const service = {
      logger: pino({ level: 'silent' }),
      now: Date.now,
      metrics: createMetrics(),
      defer: (end: () => unknown) => void ends.push(end),
      check: () => {},
      job: (job: JobDefinition) => void jobs.push(job),
    } as unknown as Service;
    startReporting(service, {
      store,
      recordStore: createRecordStore(store),
      reversals: createReversals(store),
      connection: { upstream: async () => upstream as unknown as Upstream, onUp: () => {}, onAnnounced: () => {} },
      cinemas: async () => [parseCinemaCode('31012801')],
      complete: async () => null,
      deadline: PLATFORM_DEADLINE,
      settings: { COMPLETION_SECONDS: 60, RESEND_DAYS: 3, FALLBACK_TICKET_TYPE: parseTicketType('网络售票') },
      healthDetails: () => ({}),
    });
    const started = new Map(await Promise.all(jobs.map(async (job) => [job.name, await job.start()] as const)));

    const { promise: sentAgain, resolve: end } = Promise.withResolvers<void>();
    const elsewhere = createLeases(other).run('restore watch', () => sentAgain);
    void (started.get('restore watch') as RecurringJob).trigger();
    await vi.waitFor(() => expect(call).toHaveBeenCalled(), PATIENT);
    await Promise.all([...started.values()].map((job) => job.stop()));
    for (const deferred of ends) await deferred();
    end();
    await elsewhere;
  });
});
