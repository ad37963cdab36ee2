import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@ticket-check/runtime/testing';
import type { Role } from '@ticket-check/simulators/dev-network';
import { afterAll, describe, expect, test } from 'vitest';
import { type Ended, runHere, runProgram } from './testing/program.ts';

// What an operator sees of a process that fails, one of each kind; the tests of each service have all the others.

const directory = mkdtempSync(join(tmpdir(), 'ticket-check-e2e-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** One sentence for the operator and nothing else: no stack, no result, no secret. */
function expectOneSentence({ code, stdout, stderr }: Ended, about: RegExp): void {
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(about);
  expect(stderr).toMatch(/^[A-Z"][^\n]+\.\n$/);
  expect(stderr).not.toMatch(/this is a bug|at file:|node:internal|PRIVATE KEY|hidden/);
}

let folders = 0;
const freshFolder = () => join(directory, `data-${folders++}`);
const start = (role: Role, env: NodeJS.ProcessEnv) =>
  runProgram(role, ['serve'], { env: { DATA_DIR: freshFolder(), PORT: '0', ...env } });

describe('a service does not start', { timeout: 60_000 }, () => {
  test('on a port that is in use', async () => {
    const PORT = String(await freePort());
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(Number(PORT), '127.0.0.1', resolve));
    const ended = await start('third-party-platform', { PORT, CONSOLE_PORT: '0' });
    expectOneSentence(ended, new RegExp(`127\\.0\\.0\\.1 port ${PORT}.+listens`));
    await new Promise((resolve) => other.close(resolve));
  });

  test('with a wrong setting', async () => {
    expectOneSentence(await start('national-platform', { PORT: 'https' }), /PORT/);
  });

  test('without its PostgreSQL server, and does not say the password', async () => {
    const DATABASE_URL = `postgres://user:hidden@127.0.0.1:${await freePort()}/x`;
    expectOneSentence(await start('third-party-platform', { DATABASE_URL }), /database|PostgreSQL/i);
  });
});

describe('a command', { timeout: 60_000 }, () => {
  test('that is missing exits with 2 and says how the program is used', async () => {
    const { code, stdout, stderr } = await runProgram('third-party-platform', [], { env: { DATA_DIR: freshFolder() } });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/error: |Usage: /);
  });

  test('explains itself with --help', async () => {
    const { code, stdout, stderr } = await runProgram('terminal-agent', ['--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Usage: terminal-agent');
  });

  test('refuses a bundle on standard input that is cut short', async () => {
    const env = { DATA_DIR: freshFolder() };
    const ended = await runProgram('terminal-agent', ['upstream', 'set', '-'], { env, input: '{"Url":"https://' });
    expectOneSentence(ended, /not JSON/);
  });

  test('says that no agent runs', async () => {
    const env = { DATA_DIR: freshFolder(), PORT: String(await freePort()) };
    expectOneSentence(await runHere('terminal-agent', ['check', 'x'], { env }), /agent/);
  });
});
