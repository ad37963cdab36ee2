import { parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import type { Frame, ScannerSuffix } from './reading/frame-parser.ts';
import { adviceOnRead } from './scanner-test-command.ts';

const start = parseWallClock('2026-11-24T20:00:00');
const { code } = sellTicket(makeUkey(start), start);

it.each<[string, string, Frame['endedBy'], ScannerSuffix, RegExp[]]>([
  ['a code with its suffix', code, 'suffix', 'enter', []],
  ['a code out of a HID report', code, 'end', 'enter', []],
  ['a code without a suffix', code, 'length', 'enter', [/^No suffix came: set it to send Enter/]],
  ['Tab where Enter is expected', `${code}\t`, 'silence', 'enter', [/^It sends Tab .* SCANNER_SUFFIX to tab/]],
  ['Enter where Tab is expected', `${code}\r`, 'silence', 'tab', [/^It sends Enter .* SCANNER_SUFFIX to enter/]],
  ['an identifier of the symbology', `]Q1${code}`, 'suffix', 'enter', [/^It puts an identifier/]],
  ['another baud rate', '\u001a\uFFFDx', 'silence', 'enter', [/baud rate/, /^No suffix came/]],
  ['a web address', 'https://example.com', 'suffix', 'enter', [/web link and no ticket/]],
])('%s is described with what to set', (_name, text, endedBy, suffix, expected) => {
  const { found, todo } = adviceOnRead({ text, length: Buffer.byteLength(text), endedBy }, suffix);
  expect(found).toContain(text.includes(code) ? 'a ticket code of cinema 31012801' : 'no ticket code');
  expect(todo).toEqual(expected.map((words) => expect.stringMatching(words)));
});

it('overlong input is described by its number of bytes', () => {
  const { todo } = adviceOnRead({ text: 'x'.repeat(4096), length: 10_000_000, endedBy: 'silence' }, 'enter');
  expect(todo[0]).toBe('10000000 bytes without an end: this is no scanner, or it is broken.');
});
