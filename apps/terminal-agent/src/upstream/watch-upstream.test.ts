// @module-tag service
import { createUpstreamStore } from '@ticket-check/exchange';
import { testTls } from '@ticket-check/exchange/testing';
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { createLogger, createMetrics, type JobDefinition, type Recurring, type Service } from '@ticket-check/runtime';
import { startJobs } from '@ticket-check/runtime/testing';
import { expect, it, onTestFinished } from 'vitest';
import { makeUkey, startPlatform } from '../testing/test-cinema.ts';
import { healthOf, makeTerminal } from '../testing/test-terminal.ts';
import { connectUpstream } from './connect-upstream.ts';

async function connectTerminal() {
  const now = () => epochOf(parseWallClock('2026-11-24T19:50:00'));
  const terminal = await makeTerminal({ now });
  const platform = await startPlatform({ now });
  const jobs: JobDefinition[] = [];
  const lines: string[] = [];
  const service = {
    ...{ now, metrics: createMetrics() },
    logger: createLogger('test', 'error', { write: (line) => void lines.push(JSON.parse(line).msg) }),
    own<T extends { close(): Promise<unknown> }>(owned: T): T {
      onTestFinished(async () => void (await owned.close()));
      return owned;
    },
    job: (job: JobDefinition) => void jobs.push(job),
  } as unknown as Service;
  const store = await terminal.open();
  const connect = () =>
    connectUpstream(service, {
      upstreams: createUpstreamStore(store),
      store: { generation: 's-1', replaces: [] },
      cinemas: async () => [],
      onTicketAnswered() {},
      settings: { OFFLINE_AFTER_SILENCES: 1, UPSTREAM_BUDGET_MS: 1000 },
    });
  return { terminal, platform, store, jobs, lines, connect };
}

it('misses no upstream that is set while the agent starts, before its first job', async () => {
  const { terminal, platform, jobs, connect } = await connectTerminal();
  const { promise: heard, resolve } = Promise.withResolvers<object>();
  // As keys, e-ticket keys and changes listen.
  (await connect()).onReplaced(resolve);
  await terminal.setUpstream(platform.bundle);
  await startJobs(jobs);
  expect(await heard).toEqual({ isAnother: true });
});

it('logs once that the key of its upstream cannot be read, however often it looks', async () => {
  const { terminal, platform, store, jobs, lines, connect } = await connectTerminal();
  await terminal.setUpstream(platform.bundle);
  await store.db.updateTable('upstream').set({ privateKey: 'none' }).execute();
  await connect();
  const [look] = jobs as Recurring[];
  await look?.run(new AbortController().signal);
  expect(lines).toEqual(['cannot use the upstream that is set']);
});

it('shows the line as down while the certificate of the upstream is refused, before anybody asks', async () => {
  const now = () => epochOf(parseWallClock('2026-11-24T19:50:00'));
  const platform = await startPlatform({ now, keys: [makeUkey(parseWallClock('2024-03-01T00:00:00')).key] });
  const terminal = await makeTerminal({ now });
  const agent = await terminal.start();
  const line = async () =>
    ((await healthOf(agent, terminal.env.DATA_DIR ?? '')) as { upstream: { line: string } }).upstream.line;
  await terminal.setUpstream({ ...platform.bundle, CaCertificate: (await testTls()).ca });
  await expect.poll(line).toBe('down');
  expect(platform.asked).toEqual([]);
  await terminal.setUpstream(platform.bundle);
  await expect.poll(line).toBe('up');
});
