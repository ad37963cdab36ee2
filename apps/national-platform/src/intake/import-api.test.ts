import { generatePrimeSync } from 'node:crypto';
import { ProtocolError, parseQuery, publicKeyRow, rowsQuery } from '@ticket-check/protocol';
import { turnsDuring } from '@ticket-check/runtime/testing';
import { describe, expect, it } from 'vitest';
import { CINEMA } from '../testing/test-cinema.ts';
import { finishRows } from './import-api.ts';
import { publicKeyKind } from './kinds.ts';

/** RSA-4096 moduli, as many as wanted, without the second that a key pair of that length takes. */
const primes = Array.from({ length: 16 }, () => generatePrimeSync(512, { bigint: true }));
function modulus(number: number): string {
  const chosen = primes
    .toSpliced(number % 16, 1)
    .toSpliced(Math.floor(number / 16) % 15, 1)
    .slice(0, 8);
  return chosen.reduce((product, prime) => product * prime, 1n).toString(16);
}
const keyRow = (number: number) => ({
  CinemaCode: CINEMA,
  PublicKey: `${modulus(number)}|fffffffb`,
  StartTime: '2026-01-01T00:00:00',
});
const keyRows = (count: number) => Array.from({ length: count }, (_, number) => keyRow(number));
const unreadRows = (rows: unknown[]) => parseQuery(rowsQuery('PublicKeys', publicKeyRow), { PublicKeys: rows }).rows;

describe('the keys of an import', { tags: 'slow' }, () => {
  it('let others have their turn while a thousand of a request are read', async () => {
    const unread = unreadRows(keyRows(1000));
    let read = 0;
    const turns = await turnsDuring(async () => {
      read = (await finishRows(publicKeyKind, unread)).length;
    });
    expect(read).toBe(1000);
    expect(turns).toBeGreaterThan(10);
  });

  it('are refused with the place of the first that cannot be read', async () => {
    const rows = keyRows(100)
      .with(70, { ...keyRow(70), PublicKey: '00|3' })
      .with(90, { ...keyRow(90), PublicKey: 'MII=' });
    const refusal = await finishRows(publicKeyKind, unreadRows(rows)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProtocolError);
    expect(refusal).toMatchObject({
      code: 'PUBLIC_KEY_TOO_SHORT',
      message: expect.stringMatching(/^PublicKey must have a modulus/),
      status: 400,
      details: { index: 70 },
    });
  });
});
