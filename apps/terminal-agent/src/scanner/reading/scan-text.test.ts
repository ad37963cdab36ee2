import { generateKeyPairSync, sign } from 'node:crypto';
import { parseWallClock, writeETicket } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { CINEMA, makeUkey, sellTicket, throughCapsLock } from '../../testing/test-cinema.ts';
import { readScanText } from './scan-text.ts';

const start = parseWallClock('2026-11-24T20:00:00');
const ukey = makeUkey(start);
const { code } = sellTicket(ukey, start);

// `vectors/scanner-streams.json` has what scanners make of a code, and other codes that people scan.
it('a code is read in spite of white space and a byte order mark around it', () => {
  expect(readScanText(`\uFEFF${code}  `)).toEqual({ kind: 'code', code, cinemaCode: CINEMA });
  expect(readScanText('\r\n')).toEqual({ kind: 'unreadable', fault: 'nothing-read' });
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

it('a code whose letters changed case, unless it still has the form of a code', () => {
  const faults = Array.from({ length: 40 }, () => readScanText(throughCapsLock(sellTicket(ukey, start).code))).flatMap(
    (reading) => (reading.kind === 'unreadable' ? [reading.fault] : []),
  );
  expect(new Set(faults)).toEqual(new Set(['caps-lock']));
});
