import { parseWallClock } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { CINEMA, makeUkey, sellTicket, throughCapsLock } from '../../testing/test-cinema.ts';
import { readScanText, type ScannerFault } from './scan-text.ts';

const start = parseWallClock('2026-11-24T20:00:00');
const ukey = makeUkey(start);
const { code } = sellTicket(ukey, start);

describe('a scanned text is read as the code in it', () => {
  it.each<[string, string]>([
    ['as printed', code],
    ['with CR and LF', `${code}\r\n`],
    ['with trailing spaces', `${code}  `],
    ['with a byte order mark', `\uFEFF${code}`],
    ['with the ECI prefix of UTF-8', `\\000026${code}`],
    ['with a symbology identifier and an ECI prefix', `]Q2\\000026${code}\r`],
  ])('%s', (_name, text) => {
    expect(readScanText(text)).toEqual({ kind: 'code', code, cinemaCode: CINEMA });
  });
});

describe('what cannot be a code is a scanner problem with a name', () => {
  it.each<[string, string, ScannerFault]>([
    ['nothing at all', '\r\n', 'nothing-read'],
    ['upper case only', code.toUpperCase(), 'caps-lock'],
    ['lower case only', code.toLowerCase(), 'caps-lock'],
    ['the first half of a code', code.slice(0, 64), 'cut-short'],
    ['a code that lost its last character', code.slice(0, -1), 'cut-short'],
    ['two codes in one read', code + code, 'read-together'],
    ['full-width characters of an input method', code.replaceAll('=', '＝'), 'input-method'],
    ['another keyboard layout', `${code.slice(0, 30)}?${code.slice(31)}`, 'keyboard-layout'],
    ['a web address', 'https://example.com/ticket?id=1', 'not-a-ticket'],
    ['a product barcode', '6901234567892', 'not-a-ticket'],
  ])('%s', (_name, text, fault) => {
    expect(readScanText(text)).toEqual({ kind: 'unreadable', fault });
  });

  it('a code whose letters changed case, unless it still has the form of a code', () => {
    const faults = Array.from({ length: 40 }, () =>
      readScanText(throughCapsLock(sellTicket(ukey, start).code)),
    ).flatMap((reading) => (reading.kind === 'unreadable' ? [reading.fault] : []));
    expect(new Set(faults)).toEqual(new Set(['caps-lock']));
  });
});
