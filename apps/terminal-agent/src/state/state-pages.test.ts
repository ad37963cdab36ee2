// @module-tag service
import { createBrowser, OWN } from '@ticket-check/admin/testing';
import { createOperators, createPasswords } from '@ticket-check/operators';
import { addSeconds, epochOf, parseWallClock } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { expect, it } from 'vitest';
import { createNoDriver, type GateDriver } from '../gate/gate-driver.ts';
import { makeUkey, sellTicket, startPlatform } from '../testing/test-cinema.ts';
import { makeTerminal } from '../testing/test-terminal.ts';

const NOW = parseWallClock('2026-11-24T19:50:00');
const film = parseWallClock('2026-11-24T20:00:00');
const ukey = makeUkey(parseWallClock('2024-03-01T00:00:00'));

it('shows in words the state of the terminal, what to do, and the scans of today', async () => {
  const clock = { now: epochOf(NOW) };
  const now = () => clock.now;
  const platform = await startPlatform({ now, kind: 'claiming', keys: [ukey.key] });
  const terminal = await makeTerminal({ now, settings: { OFFLINE_AFTER_SILENCES: '1' } });
  let isStuck = false;
  const driverOf = (gate: string): GateDriver => ({
    ...createNoDriver(gate, createLogger('test', 'silent')),
    ...(gate === 'gate-2' && {
      driver: 'lcus',
      async open() {
        if (isStuck) throw new Error('the relay <b>does not answer</b>');
      },
    }),
  });
  const agent = await terminal.start({ driverOf });
  const store = await terminal.open();
  const passwords = createPasswords();
  const operators = createOperators(store, Date.now);
  for (const [username, cinemaCodes] of [
    ['uwe', 'all'],
    ['else', ['99999999']],
  ] as const) {
    const passwordHash = await passwords.hash('k7m3q-x9p2r-t4v8w-z6n5b');
    await operators.add({ username, role: 'usher', cinemaCodes: cinemaCodes as never, passwordHash });
    await operators.choosePassword(username, { before: passwordHash, passwordHash: await passwords.hash(OWN) });
  }
  const browser = await createBrowser(agent, { directory: terminal.env.DATA_DIR ?? '' });
  expect((await browser.ask('/state')).status).toBe(303);
  expect((await browser.ask('/state.json')).status).toBe(401);

  const first = await browser.logIn('uwe');
  expect(first).toMatchObject({ path: '/state', status: 200 });
  expect(first.text).toContain('终端尚未接入平台');
  expect(first.text).toContain('今天还没有扫码');

  await terminal.setUpstream(platform.bundle);
  await terminal.keysStored();
  await expect.poll(async () => (await browser.ask('/state')).text).toContain('一切正常');

  const tickets = Array.from({ length: 3 }, () => sellTicket(ukey, film));
  for (const { info } of tickets) platform.sell(info);
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

  clock.now = epochOf(addSeconds(NOW, 1200));
  expect((await json()).Advice.map(({ Code }: { Code: string }) => Code)).toEqual([
    'gate-out-of-order',
    'line-down',
    'records-late',
  ]);
  // Scans of a cinema that the operator may not see are left out.
  const other = await createBrowser(agent, { directory: terminal.env.DATA_DIR ?? '' });
  expect((await other.logIn('else')).text).not.toContain(one!.info.filmTicketCode);
  expect(JSON.parse((await other.ask('/state.json')).text).Today).toEqual([]);
});
