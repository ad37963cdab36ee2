import { createJudgingPool } from '@ticket-check/check-records';
import type { RefreshResult } from '@ticket-check/key-cache';
import { epochOf, parseRecordId, type TicketClaim } from '@ticket-check/protocol';
import { afterAll, expect, it } from 'vitest';
import { makeUkey, OTHER_CINEMA, type SoldTicket, sellTicket } from '../testing/test-cinema.ts';
import { createCompareCode } from './compare-code.ts';
import { createVerifyCode } from './verify-code.ts';

const [older, newer] = [makeUkey('2024-01-01T00:00:00'), makeUkey('2026-01-01T00:00:00')];

const pool = createJudgingPool({ threads: 1 });
afterAll(() => pool.close());

/** Verifies at a platform that has the older key, and gets the newer one where a refresh succeeds. */
function verify({ code, info }: SoldTicket, changes: Partial<TicketClaim> = {}, refresh: RefreshResult = 'refreshed') {
  const keys = [older.key];
  const now = () => epochOf(info.startTime);
  const verifyCode = createVerifyCode({
    keysEver: async () => keys,
    keysAtHand: () => [],
    refreshKeys: async () => {
      if (refresh === 'refreshed') keys.push(newer.key);
      return refresh;
    },
    compareCode: createCompareCode({ pool, now, budgetMs: 60_000 }),
    now,
    windowMs: 48 * 3_600_000,
  });
  const { cinemaCode, filmTicketCode, startTime } = info;
  const recordId = parseRecordId('019a0000-0000-7000-9000-000000000001');
  const asked = { recordId, checkTime: startTime, gate: '', ticketInfoCode: code };
  return verifyCode({ cinemaCode, filmTicketCode, startTime, ...asked, ...changes }, 'terminal-1');
}

it('takes the code of the ticket under whichever key the cinema has, or is about to have', async () => {
  await verify(sellTicket(older), {}, 'failed');
  await verify(sellTicket(newer));
});

it('refuses a code that no key opens once newer ones were fetched for it', async () => {
  await expect(verify(sellTicket(makeUkey()))).rejects.toMatchObject({ code: 'CODE_NOT_GENUINE', status: 400 });
});

it.each<RefreshResult>(['fresh', 'limited', 'failed'])('leaves it open where a refresh was %s', async (refresh) => {
  const refused = verify(sellTicket(newer), {}, refresh);
  await expect(refused).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE', status: 503 });
});

it('refuses the code of another ticket', async () => {
  const another = { filmTicketCode: sellTicket(older).info.filmTicketCode };
  const refusal = { code: 'CODE_CONTRADICTS_RECORD', status: 400 };
  await expect(verify(sellTicket(older), another)).rejects.toMatchObject(refusal);
  await expect(verify(sellTicket(older), { cinemaCode: OTHER_CINEMA })).rejects.toMatchObject(refusal);
  await expect(verify(sellTicket(makeUkey()), { cinemaCode: OTHER_CINEMA }, 'failed')).rejects.toMatchObject(refusal);
});
