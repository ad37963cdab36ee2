import { expect, it, onTestFinished, vi } from 'vitest';
import { type RunAlone, startInOneProcess } from './in-one-process.ts';
import { createLogger } from './logger.ts';

const PATIENT = { timeout: 20_000, interval: 5 };

/** Two processes that find out through the same data which of them has a job, each with what its log says. */
function twoProcesses() {
  const held = new Map<string, AbortController>();
  const runAlone: RunAlone = async (name, work) => {
    if (held.has(name)) return null;
    const lost = new AbortController();
    held.set(name, lost);
    try {
      return await work(lost.signal);
    } finally {
      if (held.get(name) === lost) held.delete(name);
    }
  };
  const said: string[] = [];
  const startAs = async (process: string, start = async () => {}) => {
    const logger = createLogger('test', 'info', { write: (line) => said.push(`${process}: ${JSON.parse(line).msg}`) });
    const definition = {
      name: 'sync',
      async start() {
        await start();
        said.push(`${process} started`);
        return { stop: async () => void said.push(`${process} stopped`) };
      },
    };
    const job = await startInOneProcess(definition, { runAlone, logger, tryEveryMs: 5 });
    onTestFinished(async () => void (await job.stop().catch(() => {})));
    return job;
  };
  return { held, said, startAs };
}

it('starts a job in one process, and in another when that one stops', async () => {
  const { said, startAs } = twoProcesses();
  const first = await startAs('first');
  const second = await startAs('second');
  expect(said).toEqual(['first started']);
  await first.stop();
  await vi.waitFor(() => expect(said).toHaveLength(4), PATIENT);
  expect(said.slice(1)).toEqual(['first stopped', 'second started', 'second: this process takes the job over']);
  await second.stop();
  expect(said.at(-1)).toBe('second stopped');
});

it('stops a job whose lease was lost, and starts it again where it can be had', async () => {
  const { held, said, startAs } = twoProcesses();
  await startAs('first');
  const lost = held.get('job sync')!;
  held.delete('job sync');
  lost.abort();
  await vi.waitFor(() => expect(said.filter((line) => line === 'first started')).toHaveLength(2), PATIENT);
  expect(said.slice(0, 3)).toEqual(['first started', 'first stopped', 'first started']);
});

it('rejects where the job cannot start, as does what waits for it', async () => {
  const { said, startAs } = twoProcesses();
  await expect(startAs('first', () => Promise.reject(new Error('no port')))).rejects.toThrow('no port');
  await startAs('second');
  expect(said).toEqual(['second started']);
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
  await vi.waitFor(() => expect(said).toContain('second started'), PATIENT);
  expect(said).toContain('second: recurring job failed');
});
