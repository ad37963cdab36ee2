import crypto, { generateKeyPairSync } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { createJudgingPool, type JudgingPool } from '@ticket-check/check-records';
import type { RefreshResult } from '@ticket-check/key-cache';
import { type CinemaKey, parsePublicKey, parseWallClock } from '@ticket-check/protocol';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { claimOn, makeUkey, OTHER_CINEMA, sellTicket } from '../testing/test-cinema.ts';
import { createVerifyCode } from './verify-code.ts';

const [older, newer] = [makeUkey('2024-01-01T00:00:00'), makeUkey('2026-01-01T00:00:00')];
/** Of no cinema. */
const stranger = makeUkey();
/** Further ones, which open none of the tickets here. */
const others = Array.from({ length: 3 }, () => makeUkey().key);
/** Work for a thread: the largest exponent there may be. */
const costly = Array.from({ length: 61 }, () => keyOf({ modulusLength: 1024, publicExponent: 0xffffffff }));

const pool = createJudgingPool({ threads: 1 });
afterAll(() => pool.close());

function keyOf(made: { modulusLength: number; publicExponent?: number }): CinemaKey {
  const spki = generateKeyPairSync('rsa', made).publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { ...parsePublicKey(spki), startTime: parseWallClock('2025-01-01T00:00:00') };
}

/** Verifies at a platform that has some keys, and gets the newer one where a refresh succeeds. */
function verifying(
  given: readonly CinemaKey[] = [older.key],
  options: { refresh?: RefreshResult | 'not-served'; budgetMs?: number; by?: Pick<JudgingPool, 'judge'> } = {},
) {
  const { refresh = 'refreshed', budgetMs = 60_000, by = pool } = options;
  const known = [...given];
  return createVerifyCode({
    keys: { keysEver: async () => known, keysAtHand: () => [] },
    refreshKeys: async () => {
      if (refresh === 'refreshed') known.push(newer.key);
      return refresh;
    },
    pool: by,
    now: Date.now,
    budgetMs,
  });
}

const claimOf = (ukey: typeof older) => claimOn(sellTicket(ukey));
const NOT_GENUINE = { code: 'CODE_NOT_GENUINE', status: 400 };
const CONTRADICTS = { code: 'CODE_CONTRADICTS_RECORD', status: 400 };
const OVERLOADED = { code: 'OVERLOADED', status: 503 };

it('takes the code of the ticket under whichever key the cinema has, or is about to have', async () => {
  await verifying([older.key], { refresh: 'failed' })(claimOf(older), 'terminal-1');
  await verifying([...others, older.key], { refresh: 'failed' })(claimOf(older), 'terminal-1');
  await verifying()(claimOf(newer), 'terminal-1');
});

it('refuses a code that no key opens once newer ones were fetched for it', async () => {
  await expect(verifying()(claimOf(stranger), 'terminal-1')).rejects.toMatchObject(NOT_GENUINE);
});

it.each(['fresh', 'limited', 'failed', 'timeout', 'not-served'] as const)(
  'leaves it open where a refresh was %s',
  async (refresh) => {
    const refused = verifying([older.key], { refresh })(claimOf(newer), 'terminal-1');
    await expect(refused).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE', status: 503 });
  },
);

it('refuses the code of another ticket, wherever its key stands, and of another cinema whatever keys there are', async () => {
  const misused = { ...claimOf(older), ticketInfoCode: sellTicket(older).code };
  for (const keys of [[older.key], [...others, older.key]]) {
    await expect(verifying(keys)(misused, 'terminal-1')).rejects.toMatchObject(CONTRADICTS);
  }
  for (const ukey of [older, stranger]) {
    const elsewhere = { ...claimOf(ukey), cinemaCode: OTHER_CINEMA };
    await expect(verifying([older.key], { refresh: 'failed' })(elsewhere, 'terminal-1')).rejects.toMatchObject(
      CONTRADICTS,
    );
  }
});

it('costs the event loop two operations for a code that none of 64 keys opens, read twice, and none for keys of another length', async () => {
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
  const keys = [keyOf({ modulusLength: 2048 }), ...others, ...costly];
  const verified = verifying(keys, { refresh: 'fresh' })(claimOf(stranger), 'terminal-1');
  await expect(verified).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE' });
  expect(operations).toBe(2);
});

it('answers a genuine claim of one account before the many of another that no key opens', {
  tags: 'slow',
}, async () => {
  const verify = verifying([...others, ...costly, older.key], { refresh: 'fresh' });
  const order: string[] = [];
  const forged = Array.from({ length: 64 }, () => verify(claimOf(stranger), 'flood'));
  const flood = Promise.allSettled(forged).then(() => order.push('flood'));
  await verify(claimOf(older), 'terminal-1');
  order.push('genuine');
  await flood;
  expect(order).toEqual(['genuine', 'flood']);
});

it('refuses what an account adds to 64 waiting claims, until they are compared, and nobody else', {
  tags: 'slow',
}, async () => {
  const verify = verifying([...others, older.key], { refresh: 'fresh' });
  const flood = Promise.allSettled(Array.from({ length: 64 }, () => verify(claimOf(stranger), 'flood')));
  await expect(verify(claimOf(older), 'flood')).rejects.toMatchObject(OVERLOADED);
  await verify(claimOf(older), 'terminal-1');
  for (const forged of await flood) expect(forged).toMatchObject({ reason: { code: 'KEYS_UNAVAILABLE' } });
  await verify(claimOf(older), 'flood');
});

it('leaves a claim open that the pool does not come to within the budget', async () => {
  const busy = createJudgingPool({ threads: 1 });
  onTestFinished(() => busy.close());
  // Its thread has yet to start.
  const impatient = { budgetMs: 0, by: busy };
  const verified = verifying([...others, older.key], impatient)(claimOf(older), 'terminal-1');
  await expect(verified).rejects.toMatchObject(OVERLOADED);
  await verifying([older.key], impatient)(claimOf(older), 'terminal-1');
});
