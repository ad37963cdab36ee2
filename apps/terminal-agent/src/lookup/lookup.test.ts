// @module-tag service
import { OWN } from '@ticket-check/admin/testing';
import { expect, it } from 'vitest';
import { now, startCinema, ukey } from '../testing/evening.ts';
import { logInAs } from '../testing/log-in.ts';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';

it('finds a ticket by whatever a guest has in hand, and says where they can be let in: it can work, and nowhere else', async () => {
  const settings = { SECOND_FACTOR_ROLES: 'administrator' };
  const { platform, terminal, sell, agent } = await startCinema({ now: Date.now, kind: 'e-tickets', settings });
  const browser = await logInAs('susi', 'supervisor', { terminal, agent });

  // A look claims nothing and leaves nothing.
  const [looked, used, refunded] = [sell(), sell(), sell({ refundStatus: 'Yes' })];
  const seen = await browser.json(`/lookup.json?${new URLSearchParams({ ticket: looked.code })}`);
  expect(seen).toMatchObject({ Scans: [], Look: { Verdict: 'ADMIT', FilmName: '示例影片' } });
  expect(platform.asked).not.toContain('ClaimTicket');
  expect(await agent.scan(used.code)).toMatchObject({ Verdict: 'ADMIT' });
  const again = await agent.scan(used.code, 'gate-2');
  expect(again).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  // Refused at first, and admitted once the refund turned out to be a mistake.
  const early = await agent.scan(refunded.code);
  expect(early).toMatchObject({ Verdict: 'REFUNDED' });
  platform.sell(refunded.info, { refundStatus: 'No' });
  await expect.poll(async () => (await agent.scan(refunded.code, 'gate-2')).Verdict).toBe('ADMIT');

  const find = (ticket: string) => browser.json(`/lookup.json?${new URLSearchParams({ ticket })}`);
  const eTicket = platform.eTickets.qr(used.code, { time: 1_700_000_000 });
  for (const inHand of [used.code, eTicket, used.info.filmTicketCode, `${used.code}\r\n`]) {
    const { Scans, Read } = await find(inHand);
    expect(Read).toBe(true);
    expect(Scans).toMatchObject([{ RecordId: again.RecordId, Gate: 'gate-2', Refusal: {} }, { Verdict: 'ADMIT' }]);
    expect(Scans[1]).not.toHaveProperty('Refusal');
  }
  expect((await find(again.RecordId!)).Scans).toMatchObject([{ Refusal: { FilmName: '示例影片' } }]);
  expect(await find(sellTicket(ukey, used.info.startTime).code)).toMatchObject({ Scans: [], Read: true });
  expect(await find(sellTicket(makeUkey(now), used.info.startTime).code)).toMatchObject({ Scans: [], Read: false });
  expect(await browser.json('/lookup.json')).toMatchObject({ Scans: [], Read: false });

  const { Refusals } = await browser.json('/refusals.json');
  expect(Refusals).toMatchObject([
    { RecordId: early.RecordId, Objection: { Code: 'entered-since', WordsZh: expect.stringContaining('已经入场') } },
    { RecordId: again.RecordId, Objection: null },
  ]);
  const settled = (await find(refunded.info.filmTicketCode)).Scans;
  expect(settled.filter(({ Refusal }: { Refusal?: object }) => Refusal !== undefined)).toEqual([]);
  const asked = { RecordId: early.RecordId, reason: 'x', password: OWN };
  expect(await browser.act('/entries/override', asked)).toMatchObject({ status: 409, error: 'entered-since' });
});
