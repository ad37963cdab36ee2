import { expect, it, onTestFinished, vi } from 'vitest';
import { createLogger } from '../logger.ts';
import type { JobTable } from './job.ts';
import { startSharedJobs } from './shared-jobs.ts';

const PATIENT = { timeout: 20_000, interval: 5 };

/** Two processes that find out through the same table which of them has each job, each with what its log says. */
function twoProcesses() {
  const owners = new Map<string, { process: string; lost: AbortController }>();
  const tableOf = (process: string): JobTable => ({
    async alone(name, work) {
      if (owners.has(name)) return null;
      const own = { process, lost: new AbortController() };
      owners.set(name, own);
      try {
        return await work(own.lost.signal);
      } finally {
        if (owners.get(name) === own) owners.delete(name);
      }
    },
    retain: async () => {},
    list: async () => [],
    note: async () => {},
  });
  const said: string[] = [];
  const startAs = async (process: string, start = async () => {}) => {
    const logger = createLogger('test', 'info', { write: (line) => said.push(`${process}: ${JSON.parse(line).msg}`) });
    const definition = (name: string, before = async () => {}) => ({
      ...{ name, runs: 'in one process' as const },
      async start() {
        await before();
        said.push(`${process} started ${name}`);
        return { stop: async () => void said.push(`${process} stopped ${name}`) };
      },
    });
    const definitions = [definition('fetch', start), definition('sync')];
    const context = { table: tableOf(process), logger, now: Date.now, lookEveryMs: 5 };
    const jobs = await startSharedJobs(definitions, context);
    onTestFinished(async () => void (await jobs.stop()));
    return jobs;
  };
  return { owners, said, startAs };
}

const STARTED = ['first started fetch', 'first started sync'];
const STOPPED = ['first stopped fetch', 'first stopped sync'];
const TAKEN_OVER = ['second started fetch', 'second started sync'];
const NOTICE = 'second: took over a job of another process';

it('starts jobs in one process, and in another when that one stops', async () => {
  const { said, startAs } = twoProcesses();
  const first = await startAs('first');
  const second = await startAs('second');
  expect(said).toEqual(STARTED);
  await first.stop();
  await vi.waitFor(() => expect(said).toHaveLength(8), PATIENT);
  expect(said.slice(2, 4)).toEqual(STOPPED);
  expect(said.slice(4).toSorted()).toEqual([...TAKEN_OVER, NOTICE, NOTICE].toSorted());
  await second.stop();
  expect(said.slice(8).toSorted()).toEqual(['second stopped fetch', 'second stopped sync']);
});

it('stops a job that was lost, and only that one, and starts it again when it is free', async () => {
  const { owners, said, startAs } = twoProcesses();
  await startAs('first');
  const own = owners.get('sync');
  owners.set('sync', { process: 'another', lost: new AbortController() });
  own?.lost.abort();
  await vi.waitFor(() => expect(said).toEqual([...STARTED, 'first stopped sync']), PATIENT);
  owners.delete('sync');
  await vi.waitFor(() => expect(said.filter((line) => line === 'first started sync')).toHaveLength(2), PATIENT);
  expect(said).not.toContain('first stopped fetch');
});

it('rejects where one cannot start, and stops those that did', async () => {
  const { said, startAs } = twoProcesses();
  await expect(startAs('first', () => Promise.reject(new Error('no port')))).rejects.toThrow('no port');
  await startAs('second');
  expect(said).toEqual(['first started sync', 'first stopped sync', 'second started fetch', 'second started sync']);
});

it('logs that a later start failed, starts the others, and tries again', async () => {
  const { said, startAs } = twoProcesses();
  const first = await startAs('first');
  const failures = [new Error('not yet')];
  await startAs('second', async () => {
    const failure = failures.pop();
    if (failure !== undefined) throw failure;
  });
  await first.stop();
  await vi.waitFor(() => expect(said).toContain('second started fetch'), PATIENT);
  expect(said).toContain('second: failed to take, start or stop a job');
  expect(said).toContain('second started sync');
});
