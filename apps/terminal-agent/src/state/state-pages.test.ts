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
        if (isStuck) throw new Error('the relay <b>does not answer</b>');
      },
    },
  });
  const agent = await terminal.start({ driverOf });
  const stranger = await createBrowser(agent, { directory: terminal.env.DATA_DIR ?? '' });
  expect((await stranger.ask('/state')).status).toBe(303);
  expect((await stranger.ask('/state.json')).status).toBe(401);

  const browser = await logInAs('uwe', 'usher', { terminal, agent });
  const first = await browser.open('/state');
  expect(first.text).toContain('终端尚未接入平台');
  expect(first.text).toContain('今天还没有扫码');

  await terminal.setUpstream(platform.bundle);
  await terminal.keysStored();
  await expect.poll(async () => (await browser.ask('/state')).text).toContain('一切正常');

  const tickets = Array.from({ length: 3 }, () => sell());
  const [one, two, three] = tickets;
  expect(await agent.scan(one!.code, 'gate-1')).toMatchObject({ Verdict: 'ADMIT' });
  expect(await agent.scan(one!.code, 'gate-2')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  isStuck = true;
  expect(await agent.scan(two!.code, 'gate-2')).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(2);
  await platform.stop();
  expect(await agent.scan(three!.code, 'gate-1')).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });

  const shown = await browser.ask('/state');
  expect(shown.text).toContain('闸机停用（gate-2: 未能打开，the relay &lt;b&gt;does not answer&lt;/b&gt;）');
  expect(shown.text).toContain('闸机未打开，须手动开门放行');
  expect(shown.text).toContain('与平台的连接中断');
  expect(shown.text).toContain('营业日 2026-11-24');
  // In the words of the platform's page.
  expect(shown.text).toContain('放行 3 · 已入场 1');
  for (const { info } of tickets) expect(shown.text).toContain(info.filmTicketCode);
  const json = async () => JSON.parse((await browser.ask('/state.json')).text);
  expect(await json()).toMatchObject({
    State: { Line: 'down', Waiting: 1, Gates: [{ Name: 'gate-1', Error: null }, { Name: 'gate-2' }] },
    Advice: [{ Code: 'gate-out-of-order' }, { Code: 'line-down', AdviceZh: expect.stringContaining('路由器') }],
    Today: [
      { Gate: 'gate-1', Verdict: 'ADMIT', Scans: 2, Offline: 1 },
      { Gate: 'gate-2', Verdict: 'ADMIT', Scans: 1, Offline: 0 },
      { Gate: 'gate-2', Verdict: 'ALREADY_ENTERED', Scans: 1 },
    ],
  });
  await browser.ask('/language?to=en');
  expect((await browser.ask('/state')).text).toContain('Look at the cable, the wireless network and the router.');

  wait(1_200_000);
  expect((await json()).Advice.map(({ Code }: { Code: string }) => Code)).toEqual([
    'gate-out-of-order',
    'line-down',
    'records-late',
  ]);
  // Scans of a cinema that the operator may not see are left out.
  const other = await logInAs('else', 'usher', { terminal, agent }, ['99999999'] as never);
  expect((await other.open('/state')).text).not.toContain(one!.info.filmTicketCode);
  expect(JSON.parse((await other.ask('/state.json')).text).Today).toEqual([]);
});
