// @module-tag process
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { scanTokenFile } from '../http/scan-token.ts';
import { makeTerminal } from '../testing/test-terminal.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
/** Their lines are several times what a pipe holds. */
const SCANS = 800;

it('answers scans also while nobody reads its log, and stops when it is told to', { timeout: 90_000 }, async () => {
  const terminal = await makeTerminal({ now: Date.now, settings: { LOG_LEVEL: 'info', SCANNER: 'none' } });
  const { DATA_DIR = '', PORT = '' } = terminal.env;
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: { PATH: process.env.PATH, ...terminal.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));

  async function connect() {
    const ca = readFileSync(`${DATA_DIR}/tls/ca.pem`, 'utf8');
    const authorization = `Bearer ${readFileSync(scanTokenFile(DATA_DIR), 'utf8').trim()}`;
    const agent = new Agent({ keepAlive: true, ca });
    onTestFinished(() => agent.destroy());
    return async (number: number) => {
      const headers = { authorization, 'content-type': 'application/json' };
      const asking = request({ host: '127.0.0.1', port: PORT, path: '/scan', method: 'POST', headers, agent });
      asking.end(JSON.stringify({ Text: `x${number}`, Scanner: 'a-scanner-with-a-name-that-makes-its-lines-long' }));
      const [response] = await once(asking, 'response');
      return json(response);
    };
  }

  const ready = async () => {
    const scan = await connect();
    await scan(0);
    return scan;
  };
  const scan = await expect
    .poll(() => ready().catch(() => null), { timeout: 30_000 })
    .not.toBeNull()
    .then(ready);
  for (let number = 1; number <= SCANS; number += 1) {
    expect(await scan(number)).toMatchObject({ Verdict: 'UNREADABLE' });
  }
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});
