// @module-tag service
import { createBrowser, OWN } from '@ticket-check/admin/testing';
import { createOperators, createPasswords } from '@ticket-check/operators';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeUkey, sellTicket, startPlatform } from '../testing/test-cinema.ts';
import { makeTerminal } from '../testing/test-terminal.ts';

it('finds a ticket by whatever a guest has in hand, and offers to let them in where that can work and nowhere else', async () => {
  const film = addSeconds(wallClockAt(Date.now()), 600);
  const ukey = makeUkey(addSeconds(film, -86_400));
  const platform = await startPlatform({ now: Date.now, kind: 'e-tickets', keys: [ukey.key] });
  const terminal = await makeTerminal({ now: Date.now, settings: { SECOND_FACTOR_ROLES: 'administrator' } });
  await terminal.setUpstream(platform.bundle);
  const agent = await terminal.start();
  const store = await terminal.open();
  const passwordHash = (await createPasswords().hash(OWN)) ?? '';
  const operators = createOperators(store, Date.now);
  await operators.add({ username: 'susi', role: 'supervisor', cinemaCodes: 'all', passwordHash: 'none' });
  await operators.choosePassword('susi', { before: 'none', passwordHash });
  const browser = await createBrowser(agent, { directory: terminal.env.DATA_DIR! });
  await browser.logIn('susi');

  const [used, refunded] = [sellTicket(ukey, film), sellTicket(ukey, film)];
  platform.sell(used.info);
  expect(await agent.scan(used.code)).toMatchObject({ Verdict: 'ADMIT' });
  const again = await agent.scan(used.code, 'gate-2');
  expect(again).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  // Refused at first, and admitted once the refund turned out to be a mistake.
  platform.sell(refunded.info, { refundStatus: 'Yes' });
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
  expect(await find(sellTicket(ukey, film).code)).toContain('本终端没有扫描过这张票');
  expect(await find(sellTicket(makeUkey(addSeconds(film, -86_400)), film).code)).toContain('无法识别');

  const list = (await browser.open('/refusals')).text;
  const offered = ({ RecordId }: typeof again) => `/refusals/override?scan=${RecordId}`;
  for (const page of [list, await find(used.info.filmTicketCode)]) expect(page).toContain(offered(again));
  for (const page of [list, await find(refunded.info.filmTicketCode)]) expect(page).not.toContain(offered(early));
  expect(list).toContain('这张票在此之后已经入场');
  expect(await browser.open(offered(early))).toMatchObject({ status: 409 });
});
