import { expect, it, onTestFinished, vi } from 'vitest';
import { createLogger } from '../logger.ts';
import type { JobTable } from './job.ts';
import { startSharedJobs } from './shared-jobs.ts';

const PATIENT = { timeout: 60_000, interval: 5 };

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
  const startAs = async (process: string, start = async () => {}, stop = async () => {}) => {
    const logger = createLogger('test', 'info', { write: (line) => said.push(`${process}: ${JSON.parse(line).msg}`) });
    const definition = (name: string, before = async () => {}, end = async () => {}) => ({
      ...{ name, runs: 'in one process' as const },
      async start() {
        await before();
        said.push(`${process} started ${name}`);
        return {
          async stop() {
            await end();
            said.push(`${process} stopped ${name}`);
          },
        };
      },
    });
    const definitions = [definition('fetch', start, stop), definition('sync')];
    const context = { table: tableOf(process), logger, now: Date.now, lookEveryMs: 5 };
    const jobs = await startSharedJobs(definitions, context);
    onTestFinished(async () => void (await jobs.stop()));
    return jobs;
  };
  return { owners, said, startAs };
}

const STARTED = ['first started fetch', 'first started sync'];
const STOPPED = ['first stopped fetch', 'first stopped sync'];
const TAKEN_OVER = ['second started fetch', 'second started sync', 'second: took over jobs of another process'];

it('starts jobs in one process, and in another when that one stops', async () => {
  const { said, startAs } = twoProcesses();
  const first = await startAs('first');
  const second = await startAs('second');
  expect(said).toEqual(STARTED);
  await first.stop();
  await vi.waitFor(() => expect(said).toHaveLength(7), PATIENT);
  expect(said.slice(2)).toEqual([...STOPPED, ...TAKEN_OVER]);
  await second.stop();
  expect(said.at(-1)).toBe('second stopped sync');
});

it('stops all jobs where they were lost, and starts them again when they are free', async () => {
  const { owners, said, startAs } = twoProcesses();
  await startAs('first');
  const own = owners.get('jobs');
  owners.set('jobs', { process: 'another', lost: new AbortController() });
  own?.lost.abort();
  await vi.waitFor(() => expect(said).toEqual([...STARTED, ...STOPPED]), PATIENT);
  owners.delete('jobs');
  await vi.waitFor(() => expect(said.slice(4, 6)).toEqual(STARTED), PATIENT);
});

it('starts the others again while one that was lost has not stopped yet', async () => {
  const { owners, said, startAs } = twoProcesses();
  const answered = Promise.withResolvers<void>();
  const jobs = await startAs('first', undefined, () => answered.promise);
  owners.get('jobs')?.lost.abort();
  await vi.waitFor(() => expect(said.slice(2, 4)).toEqual(['first stopped sync', 'first started sync']), PATIENT);
  expect(jobs.running('fetch')).toBeDefined();
  answered.resolve();
  await vi.waitFor(() => expect(said.filter((line) => line === 'first started fetch')).toHaveLength(2), PATIENT);
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
  expect(said.slice(4, 6)).toEqual(['second started sync', 'second: failed to start a job']);
});
