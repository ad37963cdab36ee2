import type { SalvagedRow } from '@ticket-check/storage';
import { describe, expect, it } from 'vitest';
import { leftClaims } from './salvaged-rows.ts';

const recordId = '01a2141c-efbc-7533-9fa6-71bba44b31f4';
const claim = {
  recordId,
  startTime: '2026-11-24T20:00:00',
  cinemaCode: '31012801',
  filmTicketCode: '0000000000004711',
};

function scan({ verdict = null as string | null, decidedAt = null as string | null } = {}): SalvagedRow {
  const { cinemaCode, filmTicketCode, startTime } = claim;
  const made = [7, recordId, 'ab'.repeat(32), 'gate-1', cinemaCode, filmTicketCode, startTime, '2026-11-24T19:50:00'];
  return [...made, verdict, null, null, decidedAt, null];
}

const INTENT = scan();

describe('of a damaged store’s claims', () => {
  it('releases, as uncertain, that of a scan that can be read only as an intent', () => {
    expect(leftClaims(() => [INTENT])).toEqual([{ ...claim, uncertain: true }]);
  });

  it.each<[string, SalvagedRow]>([
    ['its decision', scan({ verdict: 'ADMIT', decidedAt: '2026-11-24T19:50:01' })],
    ['the entry that it made', [claim.startTime, claim.cinemaCode, claim.filmTicketCode, recordId]],
    ['a check record of it', [recordId, claim.cinemaCode, claim.filmTicketCode, claim.startTime, 'a code']],
  ])('releases none of a scan whose intent lies on an older page, and %s on another one', (_what, row) => {
    expect(leftClaims(() => [INTENT, row])).toEqual([]);
    expect(leftClaims(() => [row, INTENT])).toEqual([]);
  });

  it.each([
    { written: 0, uncertain: false },
    { written: 1, uncertain: true },
  ])('releases again what was queued with $written as uncertain', ({ written, uncertain }) => {
    const { startTime, cinemaCode, filmTicketCode } = claim;
    const queued = [recordId, startTime, cinemaCode, filmTicketCode, '2026-11-24T19:50:01', written, null];
    expect(leftClaims(() => [queued])).toEqual([{ ...claim, uncertain }]);
  });
});
