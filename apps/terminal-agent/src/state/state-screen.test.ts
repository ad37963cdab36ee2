// @module-tag service
import { createBrowser } from '@ticket-check/admin/testing';
import { expect, it } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { logInAs } from '../testing/log-in.ts';
import { gatesWith } from '../testing/test-gates.ts';

it('shows in words the state of the terminal, what to do, and the scans of today', async () => {
  const settings = { OFFLINE_AFTER_SILENCES: '1', SECOND_FACTOR_ROLES: 'administrator' };
  const { platform, terminal, sell, wait } = await makeCinema({ kind: 'claiming', settings, isConnected: false });
  let isStuck = false;
  const driverOf = gatesWith({
    'gate-2': {
      driver: 'lcus',
      async open() {
        if (isStuck) throw new Error('the relay does not answer');
      },
    },
  });
  const agent = await terminal.start({ driverOf });
  const stranger = await createBrowser(agent, { directory: terminal.env.DATA_DIR ?? '' });
  expect((await stranger.ask('/state')).status).toBe(303);
  expect((await stranger.ask('/state.json')).status).toBe(401);

  const browser = await logInAs('uwe', 'usher', { terminal, agent });
  const json = () => browser.json('/state.json');
  expect(await json()).toMatchObject({
    ...{ Upstream: { IsSet: false }, Today: [] },
    Advice: [{ Code: 'no-keys' }, { WrongZh: '终端尚未接入平台' }],
  });

  await terminal.setUpstream(platform.bundle);
  await terminal.keysStored();
  await expect.poll(async () => (await json()).Advice).toEqual([]);

  const tickets = Array.from({ length: 3 }, () => sell());
  const [one, two, three] = tickets;
  expect(await agent.scan(one!.code, 'gate-1')).toMatchObject({ Verdict: 'ADMIT' });
  expect(await agent.scan(one!.code, 'gate-2')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  isStuck = true;
  expect(await agent.scan(two!.code, 'gate-2')).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(2);
  await platform.stop();
  expect(await agent.scan(three!.code, 'gate-1')).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });

  const last = async (one = browser) => (await one.json('/scans.json?last=3')).Scans;
  expect(await last()).toMatchObject([
    { FilmTicketCode: one!.info.filmTicketCode, Verdict: 'ALREADY_ENTERED', First: { Words: expect.any(String) } },
    { FilmTicketCode: two!.info.filmTicketCode, Verdict: 'ADMIT', OpenedAt: null },
    { FilmTicketCode: three!.info.filmTicketCode, Verdict: 'ADMIT', ChangesKnownAt: null },
  ]);
  expect(await json()).toMatchObject({
    State: { Line: 'down', Waiting: 1, Gates: [{ Name: 'gate-1', Error: null }, { Name: 'gate-2' }] },
    BusinessDate: '2026-11-24',
    Advice: [
      { Code: 'gate-out-of-order', WrongZh: '闸机停用（gate-2: 未能打开，the relay does not answer）' },
      { Code: 'line-down', AdviceZh: expect.stringContaining('路由器') },
    ],
    Today: [
      { Gate: 'gate-1', Verdict: 'ADMIT', Scans: 2, Offline: 1 },
      { Gate: 'gate-2', Verdict: 'ADMIT', Scans: 1, Offline: 0 },
      { Gate: 'gate-2', Verdict: 'ALREADY_ENTERED', Scans: 1 },
    ],
    // Refused and offline ones, too, are of a screen and a seat.
    Last: tickets.concat(one!).map(() => ({ ScreenName: expect.stringMatching(/./), RowNum: expect.any(Number) })),
  });
  wait(1_200_000);
  expect((await json()).Advice.map(({ Code }: { Code: string }) => Code)).toEqual([
    'gate-out-of-order',
    'line-down',
    'records-late',
  ]);
  // Scans of a cinema that the operator may not see are left out.
  const other = await logInAs('else', 'usher', { terminal, agent }, ['99999999'] as never);
  expect(await last(other)).toEqual([]);
  expect((await other.json('/state.json')).Today).toEqual([]);
});
