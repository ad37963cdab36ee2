// @module-tag service
import { expect, it } from 'vitest';
import { makeCinema, now, ukey } from '../testing/evening.ts';
import { logInAs } from '../testing/log-in.ts';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';

it('finds a ticket by whatever a guest has in hand, and offers to let them in where that can work and nowhere else', async () => {
  const settings = { SECOND_FACTOR_ROLES: 'administrator' };
  const { platform, terminal, sell } = await makeCinema({ now: Date.now, kind: 'e-tickets', settings });
  const agent = await terminal.start();
  const browser = await logInAs('susi', 'supervisor', { terminal, agent });

  const [used, refunded] = [sell(), sell({ refundStatus: 'Yes' })];
  expect(await agent.scan(used.code)).toMatchObject({ Verdict: 'ADMIT' });
  const again = await agent.scan(used.code, 'gate-2');
  expect(again).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  // Refused at first, and admitted once the refund turned out to be a mistake.
  const early = await agent.scan(refunded.code);
  expect(early).toMatchObject({ Verdict: 'REFUNDED' });
  platform.sell(refunded.info, { refundStatus: 'No' });
  await expect.poll(async () => (await agent.scan(refunded.code, 'gate-2')).Verdict).toBe('ADMIT');

  const find = async (ticket: string) => (await browser.open(`/lookup?${new URLSearchParams({ ticket })}`)).text;
  const eTicket = platform.eTickets.qr(used.code, { time: 1_700_000_000 });
  for (const inHand of [used.code, eTicket, used.info.filmTicketCode, `${used.code}\r\n`]) {
    const shown = await find(inHand);
    expect(shown).toContain('此票已入场');
    expect(shown).toContain('gate-2');
    expect(shown).not.toContain('maxlength');
  }
  expect(await find(again.RecordId!)).toContain(`/refusals/override?scan=${again.RecordId}`);
  expect(await find(sellTicket(ukey, used.info.startTime).code)).toContain('本终端没有扫描过这张票');
  expect(await find(sellTicket(makeUkey(now), used.info.startTime).code)).toContain('无法识别');

  const list = (await browser.open('/refusals')).text;
  const offered = ({ RecordId }: typeof again) => `/refusals/override?scan=${RecordId}`;
  for (const page of [list, await find(used.info.filmTicketCode)]) expect(page).toContain(offered(again));
  for (const page of [list, await find(refunded.info.filmTicketCode)]) expect(page).not.toContain(offered(early));
  expect(list).toContain('这张票在此之后已经入场');
  expect(await browser.open(offered(early))).toMatchObject({ status: 409 });
});
