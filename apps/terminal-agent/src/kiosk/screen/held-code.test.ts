import { generateKeyPairSync, sign } from 'node:crypto';
import { eTicketKeyId, parseWallClock, writeETicket } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { makeUkey, sellTicket } from '../../testing/test-cinema.ts';
import { type HeldCode, isStillHeld } from './held-code.ts';

const film = parseWallClock('2026-11-24T20:00:00');
const ukey = makeUkey(film);
const [mine, theirs] = [sellTicket(ukey, film).code, sellTicket(ukey, film).code];
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const qrOf = (code: string, time: number, host = 'tickets.example.cn') =>
  writeETicket({ host, code, time, keyId: eTicketKeyId(publicKey) }, (text) => sign(null, text, privateKey));

const seen = (text: string, isAdmitted = false): HeldCode => ({ text, seenAt: 1000, isAdmitted });

describe('a code before the camera', () => {
  it('is one scan for as long as it is there, and another one after five seconds without it', () => {
    expect(isStillHeld(null, mine, 1000)).toBe(false);
    expect(isStillHeld(seen(mine), mine, 5999)).toBe(true);
    expect(isStillHeld(seen(mine), mine, 6000)).toBe(false);
  });

  it('is another scan where it is another ticket, whether or not the one before it was admitted', () => {
    expect(isStillHeld(seen(mine, true), theirs, 1200)).toBe(false);
    expect(isStillHeld(seen(qrOf(mine, 100), true), qrOf(theirs, 100), 1200)).toBe(false);
    expect(isStillHeld(seen(qrOf(mine, 100), true), qrOf(mine, 130, 'elsewhere.cn'), 1200)).toBe(false);
    expect(isStillHeld(seen(qrOf(mine, 100), true), mine, 1200)).toBe(false);
  });

  it('is the same where the QR of an admitted e-ticket is renewed, and is read again where it was refused', () => {
    expect(isStillHeld(seen(qrOf(mine, 100), true), qrOf(mine, 130), 1200)).toBe(true);
    expect(isStillHeld(seen(qrOf(mine, 100)), qrOf(mine, 130), 1200)).toBe(false);
  });

  it('is a scan of its own where a second phone shows the e-ticket after the first was taken away', () => {
    expect(isStillHeld(seen(qrOf(mine, 100), true), qrOf(mine, 130), 1999)).toBe(true);
    expect(isStillHeld(seen(qrOf(mine, 100), true), qrOf(mine, 130), 2000)).toBe(false);
    expect(isStillHeld(seen(qrOf(mine, 100), true), qrOf(mine, 100), 2000)).toBe(true);
  });
});
