import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '@ticket-check/runtime/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ask, type Bundle, request, signedBody } from './testing/client.ts';

const main = fileURLToPath(new URL('../packages/simulators/src/dev-network/main.ts', import.meta.url));

test('`sandbox` sells tickets of every kind, and explains a refused request as it comes', {
  timeout: 120_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ticket-check-sandbox-'));
  const port = await freePort();
  const program = spawn(process.execPath, [main, 'sandbox', '--data', directory, '--port', `${port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(program, 'close');
  onTestFinished(async () => {
    program.kill('SIGINT');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  async function until(part: string): Promise<string[]> {
    const read: string[] = [];
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      read.push(line.value);
      if (line.value.includes(part)) return read;
    }
    throw new Error(`the sandbox ended with ${read.join('\n')}`);
  }

  const told = await until('Waiting for requests');
  const kinds = [...told.entries()].filter(([, line]) => /^[a-z-]+ [\u4e00-\u9fff]+: [A-Z]/.test(line));
  expect(kinds.map(([, line]) => line.split(' ')[0])).toEqual([
    'sold',
    'refunded',
    'entered',
    'expired',
    'early',
    'e-ticket',
  ]);
  const bundle: Bundle = JSON.parse(readFileSync(join(directory, 'third-party-platform.bundle.json'), 'utf8'));
  const [CinemaCode = ''] = bundle.CinemaCodes;
  expect((await ask(bundle, 'GetPublicKeys', { CinemaCode })).PublicKeys).toHaveLength(1);
  const changed = signedBody(bundle, 'GetPublicKeys', { CinemaCode }).replace(/"QueryData":\{/, '$&"Extra":1,');
  expect((await request(bundle, changed)).status).toBe(401);
  const explained = await until('changed-value');
  expect(explained.join('\n')).toContain('third-party-platform refused a request: SIGNATURE_INVALID');
  program.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
});
