// @module-tag process
import { type EventEmitter, once } from 'node:events';
import { Agent } from 'node:https';
import type { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testTls } from './testing/certificate.ts';
import { spawnFixture, spawnFixtureAtTerminal } from './testing/run-fixture.ts';
import { askServer } from './testing/test-server.ts';

/** More than a pipe and the memory for waiting lines hold together. */
const ASKED = 200;

type Started = EventEmitter & { readonly stdout: Readable };

async function startUnread<T extends Started>(spawn: (args: readonly string[], env: Record<string, string>) => T) {
  const child = spawn(['serve'], { PORT: '0' });
  const ended = once(child, 'exit');
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  while (!/^ready \S+\s/m.test(said)) await once(child.stdout, 'data');
  child.stdout.pause();
  const agent = new Agent({ keepAlive: true, ca: testTls.cert });
  const ask = async (name: string, path: string) => {
    const url = new RegExp(`^${name} (\\S+)$`, 'm').exec(said)?.[1];
    return (await askServer(`${url}${path}`, { agent })).text;
  };
  const askOften = async () => {
    for (let time = 0; time < ASKED; time += 1) expect(await ask('ready', '/log')).toBe('logged');
  };
  return { child, ended, ask, askOften };
}

describe('a service whose log nobody reads', () => {
  it('answers, counts dropped lines, and reports them in one line when the reader is back', async () => {
    const { child, ended, ask, askOften } = await startUnread(spawnFixture);
    await askOften();
    const dropped = Number(/^log_lines_dropped_total (\d+)$/m.exec(await ask('console', '/metrics'))?.[1]);
    expect(dropped).toBeGreaterThan(0);

    let logged = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      logged += chunk;
    });
    while (!logged.includes('dropped log lines')) await once(child.stderr, 'data');
    await ask('ready', '/log');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    if (!child.stderr.readableEnded) await once(child.stderr, 'end');
    const lines = logged
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ msg }) => msg === 'asked')).toHaveLength(ASKED - dropped + 1);
    expect(lines.filter((line) => line.dropped !== undefined)).toMatchObject([{ dropped, level: 'warn' }]);
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
  });

  it('answers while its log goes to a stopped terminal, and reports what it dropped', async () => {
    const { child, ask, askOften } = await startUnread(spawnFixtureAtTerminal);
    onTestFinished(() => void child.kill('SIGKILL'));
    await askOften();
    expect(await ask('console', '/metrics')).toMatch(/^log_lines_dropped_total [1-9]/m);
    let shown = '';
    child.stdout.on('data', (chunk: string) => {
      shown += chunk;
    });
    child.stdout.resume();
    while (!shown.includes('dropped log lines')) await once(child.stdout, 'data');
  });

  it('goes on when the reader is gone', async () => {
    const { child, ended, ask, askOften } = await startUnread(spawnFixture);
    child.stderr.destroy();
    await askOften();
    expect(await ask('console', '/metrics')).toMatch(/^log_lines_dropped_total [1-9]/m);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
