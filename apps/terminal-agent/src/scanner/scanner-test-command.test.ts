import { parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { runCommand, startCommand } from '../testing/run-program.ts';
import { plugInScanner } from '../testing/serial-line.ts';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { serialDriver } from './drivers/serial.ts';
import type { Frame } from './reading/frame-parser.ts';
import { adviceOnRead } from './scanner-test-command.ts';

const start = parseWallClock('2026-11-24T20:00:00');
const { code } = sellTicket(makeUkey(start), start);

it.each<[string, string, Frame['endedBy'], RegExp[]]>([
  ['a code with its suffix', code, 'suffix', []],
  ['a code out of a HID report', code, 'end', []],
  ['a code without a suffix', code, 'length', [/^No suffix came: set it to send Enter/]],
  ['an identifier of the symbology', `]Q1${code}`, 'suffix', [/^It puts an identifier/]],
  ['another baud rate', '\u001a\uFFFDx', 'silence', [/baud rate/, /^No suffix came/]],
  ['input without an end', 'x'.repeat(4096), 'suffix', [/^It sends without an end/, /^Two reads arrived as one/]],
  ['a web address', 'https://example.com', 'suffix', [/web link and no ticket/]],
])('%s is described with what to set', (_name, text, endedBy, expected) => {
  const { found, todo } = adviceOnRead({ text, endedBy });
  expect(found).toContain(text.includes(code) ? 'a ticket code of cinema 31012801' : 'no ticket code');
  expect(todo).toEqual(expected.map((words) => expect.stringMatching(words)));
});

it('shows what a scanner sends and how to set it, and that a running agent has it', { tags: 'process' }, async () => {
  const line = await plugInScanner();
  const env = { SCANNERS: `left=serial:${line.path};right=stdin` };
  expect(await runCommand(['scanner', 'test'], env)).toMatchObject({
    code: 1,
    stderr: 'Say which scanner to test: left, right.\n',
  });

  const testing = startCommand(['scanner', 'test', 'left', '--reads', '2'], env);
  await testing.said(/^Scan something with left/m);
  line.send(`${code}\r${code.slice(0, 20)}`);
  const { code: exit, stdout } = await testing.ended;
  expect(exit).toBe(0);
  expect(stdout).toContain('33 31 30 31 32 38 30 31');
  expect(stdout).toContain(
    'Read 1: a ticket code of cinema 31012801, 180 characters, ended by its suffix.\n  Nothing is wrong',
  );
  expect(stdout).toContain('Read 2: no ticket code, 20 characters, ended by silence.\n');
  expect(stdout).toContain('  No suffix came: set it to send Enter (CR) or Tab after each code');

  const claim = await serialDriver({ path: line.path, baud: 9600 }).claim({
    line: () => ({ bytes() {}, end() {}, close() {} }),
    refused() {},
    over() {},
  });
  const taken = await runCommand(['scanner', 'test', 'left'], env);
  expect(taken).toMatchObject({ code: 1, stdout: '' });
  expect(taken.stderr).toMatch(/^left \(.*@9600\): another program has it open\. .*: stop it while you test\.\n$/);
  await claim.release();
});
