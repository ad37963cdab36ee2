// @module-tag service

import { UNTOLD_ORIGIN } from '@ticket-check/protocol';
import { measureTurns } from '@ticket-check/runtime/testing';
import type { PeerPlatform } from '@ticket-check/simulators/peers';
import { describe, expect, it } from 'vitest';
import { film, makeCinema, now, ukey } from '../testing/evening.ts';
import { sellTicket } from '../testing/test-cinema.ts';
import { listedScans } from '../testing/test-terminal.ts';

/** A terminal that has its keys. */
async function startCinema(settings: Record<string, string> = {}, kind: 'extended' | 'plain' = 'extended') {
  const cinema = await makeCinema({ settings, kind });
  const agent = await cinema.terminal.start();
  await cinema.terminal.keysStored();
  // An answer to what the start still asks would be a contact at the time that a test has moved on to.
  await cinema.platform.idle();
  return { ...cinema, agent };
}

describe.each<[string, (platform: PeerPlatform) => unknown]>([
  ['cannot be reached', (platform) => platform.stop()],
  ['does not answer', (platform) => platform.hold()],
  ['fails', (platform) => platform.fail()],
])('while the upstream %s', (_name, breakLine) => {
  it('admits by policy, says that nobody confirmed it and how old the last contact is, inside the budget', async () => {
    const { platform, agent, wait } = await startCinema({ UPSTREAM_BUDGET_MS: '900', DEBOUNCE_MS: '10000' });
    const ticket = sellTicket(ukey, film);
    const scan = () => agent.scan(ticket.code, 'gate-1', 'hand-held');
    platform.sell(ticket.info);
    await breakLine(platform);
    wait(90_000);
    const { result: verdict, turnsMs } = await measureTurns(scan);
    expect(turnsMs).toBeLessThan(900 + 1000);
    expect(verdict).toMatchObject({ Verdict: 'ADMIT', Confirmed: false, LastContactSeconds: 90 });
    expect(verdict.Message).toMatch(/no connection.*refund state unknown.*last contact 90 s ago/);
    expect(verdict.RefundStateKnown).toBe(false);
    // The same code again is answered without the line.
    expect(await scan()).toMatchObject({ Verdict: 'ALREADY_ENTERED', LastContactSeconds: undefined });
  });

  it('refuses by policy, and never calls the ticket invalid', async () => {
    const { platform, agent, terminal, wait } = await startCinema({ UPSTREAM_BUDGET_MS: '900' });
    await agent.close();
    wait(90_000);
    const strict = await terminal.start({ settings: { OFFLINE_POLICY: 'refuse' } });
    await breakLine(platform);
    expect(await strict.scan(sellTicket(ukey, film).code)).toMatchObject({ Verdict: 'OFFLINE_REFUSED' });
    expect(platform.records).toEqual([]);
  });
});

it('sends what was made offline when the line is back, with its own RecordId and time, after a restart too', async () => {
  const { platform, terminal, agent, wait } = await startCinema();
  await platform.stop();
  const { code } = sellTicket(ukey, film);
  const { RecordId } = await agent.scan(code);
  await agent.close();
  wait(600_000);
  await platform.restart();
  const restarted = await terminal.start();
  await platform.received(1);
  expect(platform.records[0]).toMatchObject({ recordId: RecordId, checkTime: now, ticketInfoCode: code });
  expect([...platform.origins]).toEqual([
    [RecordId, { ...UNTOLD_ORIGIN, gate: 'gate-1', offline: true, decidedMs: 0 }],
  ]);
  expect(await restarted.scan(code)).toMatchObject({ Verdict: 'ALREADY_ENTERED', FirstEntry: { CheckTime: now } });
});

it('completes what was made offline before a plain upstream gets it', async () => {
  const { platform, agent } = await startCinema({}, 'plain');
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info);
  const mend = platform.fail();
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
  mend();
  await platform.received(1);
  expect(platform.records[0]).toMatchObject({ ticketType: '网络售票', screenName: '7号厅', rowNum: 8, columnNum: 9 });
});

describe.each(['extended', 'plain'] as const)('learns from an upstream that is %s, once the line is back,', (kind) => {
  it.each([
    ['that a ticket was refunded', { refundStatus: 'Yes', refundTime: now }, { LateVerdict: 'REFUNDED' }],
    ['that a ticket had been used', { checkStatus: 'Yes' }, { LateVerdict: 'ALREADY_ENTERED' }],
    ['that nothing was wrong', {}, { LateVerdict: null }],
  ] as const)('%s', async (_name, change, late) => {
    const { platform, terminal, agent } = await startCinema({ LOG_LEVEL: 'silent' }, kind);
    const ticket = sellTicket(ukey, film);
    await platform.stop();
    const { RecordId } = await agent.scan(ticket.code);
    platform.sell(ticket.info, change);
    const asked = platform.nextAsked('GetTicketInfo');
    await platform.restart();
    await asked;
    await platform.received(1);
    await agent.close();
    expect((await listedScans(terminal)).at(-1)).toMatchObject({
      RecordId,
      Verdict: 'ADMIT',
      RefundStateKnown: false,
      ...late,
    });
    const { db } = await terminal.open();
    expect(await db.selectFrom('recheck').selectAll().where('timesAsked', '=', 0).execute()).toEqual([]);
  });
});

it.each([
  ['a minute', {}, 60_000],
  ['as long as RECHECK_SECONDS says', { RECHECK_SECONDS: '7, 300' }, 7_000],
])(
  'learns of an entry that comes to light only when a second terminal has its line back, after %s',
  async (_name, settings, afterMs) => {
    const { platform, terminal, agent, wait } = await startCinema(settings);
    const ticket = sellTicket(ukey, film);
    platform.sell(ticket.info);
    await platform.stop();
    const { RecordId } = await agent.scan(ticket.code);
    await platform.restart();
    await platform.received(1);
    const { db } = await terminal.open();
    await expect.poll(() => db.selectFrom('recheck').selectAll().execute()).toMatchObject([{ timesAsked: 1 }]);
    platform.sell(ticket.info, { checkStatus: 'Yes' });
    const askedAgain = platform.nextAsked('GetTicketInfo');
    wait(afterMs);
    await askedAgain;
    await agent.close();
    expect((await listedScans(terminal)).at(-1)).toMatchObject({ RecordId, LateVerdict: 'ALREADY_ENTERED' });
  },
);
