import { generateKeyPairSync, sign } from 'node:crypto';
import { parseWallClock, writeETicket } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { CINEMA, makeUkey, sellTicket, throughCapsLock } from '../../testing/test-cinema.ts';
import { readScanText } from './scan-text.ts';
import type { ScannerFault } from './scanner-faults.ts';

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

it('an e-ticket that lost any of its characters is read as no other, and told as cut short where that can be seen', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const eTicket = writeETicket({ host: 'a.cn', code, time: 1_795_433_400, keyId: 'pDelpHHQxxI' }, (text) =>
    sign(null, text, privateKey),
  );
  expect(readScanText(eTicket)).toMatchObject({ kind: 'e-ticket', eTicket: { code }, cinemaCode: CINEMA });
  const faults = new Map<string, number>();
  for (let at = 0; at < eTicket.length; at += 1) {
    const reading = readScanText(eTicket.slice(0, at) + eTicket.slice(at + 1));
    const found = reading.kind === 'unreadable' ? reading.fault : reading.kind;
    faults.set(found, (faults.get(found) ?? 0) + 1);
  }
  // A host or a time that is shorter is another one: the signature tells.
  expect(Object.fromEntries(faults)).toEqual({ 'cut-short': eTicket.length - 14, 'e-ticket': 14 });
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
    ['a web address', 'https://example.com/ticket?id=1', 'web-link'],
    ['a product barcode', '6901234567892', 'product-code'],
    ['a GS1 code', '0106901234567892\x1d10LOT7', 'product-code'],
    ['a payment code', '134567890123456789', 'payment-code'],
    ['a payee code', 'wxp://f2f0Yx3kQ1rPz5tUvW', 'payment-code'],
    ['the link to an e-ticket', 'https://tickets.example.cn/t/Yx3kQ1rPz5tUvWabcdefgh', 'e-ticket-page'],
    ['what a wrong baud rate makes', '\x07\x00\x1b'.repeat(20), 'line-noise'],
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
