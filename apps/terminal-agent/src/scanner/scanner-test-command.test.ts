// @module-tag process
import { parseWallClock } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { expect, it } from 'vitest';
import { runCommand, startCommand } from '../testing/run-program.ts';
import { plugInScanner } from '../testing/serial-line.ts';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { serialDriver } from './drivers/serial.ts';
import { createScanner } from './run-scanner.ts';

const start = parseWallClock('2026-11-24T20:00:00');
const { code } = sellTicket(makeUkey(start), start);

it('shows what a scanner sends and how to set it, and that a running agent has it', async () => {
  const line = await plugInScanner();
  const env = { SCANNERS: `left=serial:${line.path};right=stdin` };
  expect(await runCommand(['scanner', 'test'], env)).toMatchObject({
    code: 1,
    stderr: 'Say which scanner to test: left, right.\n',
  });

  const testing = await startCommand(['scanner', 'test', 'left', '--reads', '2'], env, /^Scan something with left/);
  line.send(`${code}\r${code.slice(0, 20)}`);
  const { code: exit, stdout } = await testing.ended;
  expect(exit).toBe(0);
  expect(stdout).toContain('33 31 30 31 32 38 30 31');
  expect(stdout).toContain(
    'Read 1: a ticket code of cinema 31012801, 180 characters, ended by its suffix.\n  Nothing is wrong',
  );
  expect(stdout).toContain('Read 2: no ticket code, 20 characters, ended by silence.\n');
  expect(stdout).toContain('  No suffix came: set it to send Enter (CR) after each code');

  const driver = serialDriver({ path: line.path, baud: 9600 });
  const logger = createLogger('test', 'silent');
  const scanner = createScanner({ name: 'left', gate: null, driver, suffix: 'enter', logger });
  scanner.start({ reading() {}, data: async () => ({}), error() {} });
  await expect.poll(() => scanner.health().enabled).toBe(true);
  const taken = await runCommand(['scanner', 'test', 'left'], env);
  expect(taken).toMatchObject({ code: 1, stdout: '' });
  expect(taken.stderr).toMatch(/^left \(.*@9600\): another program has it open\. .*: stop it while you test\.\n$/);
  await scanner.stop();
});
