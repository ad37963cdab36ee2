import { expect, it, onTestFinished, vi } from 'vitest';
import { type Leases, startInOneProcess } from './in-one-process.ts';
import { createLogger } from './logger.ts';

const PATIENT = { timeout: 20_000, interval: 5 };

/** Two processes that find out through the same data which of them has the jobs, each with what its log says. */
function twoProcesses() {
  const held = new Map<string, AbortController>();
  const leases: Leases = {
    isHeld: async (name) => held.has(name),
    async run(name, work) {
      if (held.has(name)) return null;
      const lost = new AbortController();
      held.set(name, lost);
      try {
        return await work(lost.signal);
      } finally {
        if (held.get(name) === lost) held.delete(name);
      }
    },
  };
  const said: string[] = [];
  const startAs = async (process: string, start = async () => {}) => {
    const logger = createLogger('test', 'info', { write: (line) => said.push(`${process}: ${JSON.parse(line).msg}`) });
    const definition = (name: string, before = async () => {}) => ({
      name,
      async start() {
        await before();
        said.push(`${process} started ${name}`);
        return { stop: async () => void said.push(`${process} stopped ${name}`) };
      },
    });
    const definitions = [definition('fetch'), definition('sync', start)];
    const job = await startInOneProcess(definitions, { leases, logger, lookEveryMs: 5 });
    onTestFinished(async () => void (await job.stop().catch(() => {})));
    return job;
  };
  return { held, said, startAs };
}

const STARTED = ['first started fetch', 'first started sync'];
const STOPPED = ['first stopped fetch', 'first stopped sync'];

it('starts jobs in one process, and in another when that one stops', async () => {
  const { said, startAs } = twoProcesses();
  const first = await startAs('first');
  const second = await startAs('second');
  expect(said).toEqual(STARTED);
  await first.stop();
  await vi.waitFor(() => expect(said).toHaveLength(7), PATIENT);
  const takenOver = ['second started fetch', 'second started sync', 'second: took over the jobs of another process'];
  expect(said.slice(2)).toEqual([...STOPPED, ...takenOver]);
  await second.stop();
  expect(said.at(-1)).toBe('second stopped sync');
});

it('stops jobs whose lease was lost, and starts them again where it can be had', async () => {
  const { held, said, startAs } = twoProcesses();
  await startAs('first');
  const lost = held.get('jobs')!;
  held.delete('jobs');
  lost.abort();
  await vi.waitFor(() => expect(said.filter((line) => line === STARTED[1])).toHaveLength(2), PATIENT);
  expect(said.slice(0, 6)).toEqual([...STARTED, ...STOPPED, ...STARTED]);
});

it('rejects where one cannot start, and stops those that did', async () => {
  const { said, startAs } = twoProcesses();
  await expect(startAs('first', () => Promise.reject(new Error('no port')))).rejects.toThrow('no port');
  await startAs('second');
  expect(said).toEqual(['first started fetch', 'first stopped fetch', 'second started fetch', 'second started sync']);
});

it('logs that a later start failed, and tries again', async () => {
  const { said, startAs } = twoProcesses();
  const first = await startAs('first');
  const failures = [new Error('not yet')];
  await startAs('second', async () => {
    const failure = failures.pop();
    if (failure !== undefined) throw failure;
  });
  await first.stop();
  await vi.waitFor(() => expect(said).toContain('second started sync'), PATIENT);
  expect(said).toContain('second: failed to run shared jobs');
});
