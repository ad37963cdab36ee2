import crypto, { generateKeyPairSync } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { createJudgingPool, type JudgingPool } from '@ticket-check/check-records';
import {
  type CinemaKey,
  parsePublicKey,
  parseRecordId,
  parseWallClock,
  type TicketClaim,
} from '@ticket-check/protocol';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { makeUkey, type SoldTicket, sellTicket } from '../testing/test-cinema.ts';
import { createCompareCode } from './compare-code.ts';

const pool = createJudgingPool({ threads: 1 });
afterAll(() => pool.close());

const ukey = makeUkey('2024-01-01T00:00:00');
/** Newer ones, which open none of the tickets here. */
const others = Array.from({ length: 3 }, () => makeUkey().key);
/** Work for a thread: the largest exponent there may be. */
const costly = Array.from({ length: 61 }, costlyKey);
const genuine = () => claimOn(sellTicket(ukey));
const forged = () => claimOn(sellTicket(makeUkey()));

function costlyKey(): CinemaKey {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 0xffffffff });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { ...parsePublicKey(spki), startTime: parseWallClock('2025-01-01T00:00:00') };
}

function claimOn({ code, info }: SoldTicket): TicketClaim {
  const { cinemaCode, filmTicketCode, startTime } = info;
  const recordId = parseRecordId('019a0000-0000-7000-9000-000000000001');
  return { cinemaCode, filmTicketCode, startTime, recordId, checkTime: startTime, gate: '', ticketInfoCode: code };
}

const comparing = (budgetMs = 60_000, by: Pick<JudgingPool, 'judge'> = pool) =>
  createCompareCode({ pool: by, now: Date.now, budgetMs });

/** Counts what this thread opens with public keys. */
function countOperations(): () => number {
  const { publicDecrypt } = crypto;
  let operations = 0;
  crypto.publicDecrypt = (...args) => {
    operations += 1;
    return publicDecrypt(...args);
  };
  syncBuiltinESMExports();
  onTestFinished(() => {
    crypto.publicDecrypt = publicDecrypt;
    syncBuiltinESMExports();
  });
  return () => operations;
}

it('costs the event loop two operations for a code that none of 64 keys opens, and none for keys of another length', async () => {
  const operations = countOperations();
  const larger = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const spki = larger.export({ type: 'spki', format: 'der' }).toString('base64');
  const keys = [{ ...parsePublicKey(spki), startTime: parseWallClock('2026-02-01T00:00:00') }, ...others, ...costly];
  const { tryKeys } = comparing()(forged(), 'terminal-1');
  expect(await tryKeys(keys)).toBe('unopened');
  expect(operations()).toBe(2);
  // Not once more, where the same keys are read again.
  expect(await tryKeys(keys)).toBe('unopened');
  expect(operations()).toBe(2);
});

it('finds the key of a code, and which ticket it names, wherever the key stands', async () => {
  const { code } = sellTicket(ukey);
  for (const keys of [[ukey.key], [...others, ukey.key]]) {
    expect(await comparing()(genuine(), 'terminal-1').tryKeys(keys)).toBe('same-ticket');
    const misused = { ...genuine(), ticketInfoCode: code };
    expect(await comparing()(misused, 'terminal-1').tryKeys(keys)).toBe('another-ticket');
  }
});

it('answers a genuine claim of one account before the many of another that no key opens', {
  tags: 'slow',
}, async () => {
  const compare = comparing();
  const order: string[] = [];
  const flood = Promise.all(
    Array.from({ length: 64 }, () => compare(forged(), 'flood').tryKeys([...others, ...costly])),
  ).then(() => order.push('flood'));
  expect(await compare(genuine(), 'terminal-1').tryKeys([...others, ukey.key])).toBe('same-ticket');
  order.push('genuine');
  await flood;
  expect(order).toEqual(['genuine', 'flood']);
});

it('refuses what an account adds to 64 waiting claims, until they are compared, and nobody else', {
  tags: 'slow',
}, async () => {
  const compare = comparing();
  const keys = [...others, ukey.key];
  const overloaded = { code: 'OVERLOADED', status: 503 };
  const flood = Array.from({ length: 64 }, () => compare(forged(), 'flood').tryKeys(keys));
  await expect(compare(genuine(), 'flood').tryKeys(keys)).rejects.toMatchObject(overloaded);
  expect(await compare(genuine(), 'terminal-1').tryKeys(keys)).toBe('same-ticket');
  expect(new Set(await Promise.all(flood))).toEqual(new Set(['unopened']));
  expect(await compare(genuine(), 'flood').tryKeys(keys)).toBe('same-ticket');
});

it('leaves a claim open that the pool does not come to within the budget', async () => {
  const busy = createJudgingPool({ threads: 1 });
  onTestFinished(() => busy.close());
  // Its thread has yet to start.
  const compared = comparing(0, busy)(genuine(), 'terminal-1').tryKeys([...others, ukey.key]);
  await expect(compared).rejects.toMatchObject({ code: 'OVERLOADED', status: 503 });
  expect(await comparing(0, busy)(genuine(), 'terminal-1').tryKeys([ukey.key])).toBe('same-ticket');
});
