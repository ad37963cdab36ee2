// @module-tag service
import { addSeconds, epochOf, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { startThirdPartyPlatform } from '@ticket-check/simulators/peers/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { ukey } from '../testing/evening.ts';
import { CINEMA, sellTicket, startPlatform } from '../testing/test-cinema.ts';
import { listedScans, makeTerminal, type TerminalSite } from '../testing/test-terminal.ts';

const film = addSeconds(wallClockAt(Date.now()), 1800);
const MINUTE = 60_000;

/** A platform and a terminal whose clock a test sets; time passes for both, and a test may let more of it pass. */
async function makeCinema() {
  const clocks = { passedMs: 0, wrongMs: 0 };
  const right = () => Date.now() + clocks.passedMs;
  const platform = await startPlatform({ now: right, kind: 'claiming', keys: [ukey.key] });
  const terminal = await makeTerminal({ now: () => right() + clocks.wrongMs });
  await terminal.setUpstream(platform.bundle);
  const agent = await terminal.start();
  // A refunded ticket leaves no record; each answer is a sample of the platform's clock.
  async function hear(answers = 4) {
    for (let heard = 0; heard < answers; heard += 1) {
      const refunded = sellTicket(ukey, film);
      platform.sell(refunded.info, { refundStatus: 'Yes' });
      await agent.scan(refunded.code);
      clocks.passedMs += 1500;
    }
  }
  const scan = () => {
    const ticket = sellTicket(ukey, film);
    platform.sell(ticket.info);
    return agent.scan(ticket.code);
  };
  await hear(1);
  return { clocks, right, platform, terminal, agent, hear, scan };
}

async function lastScan(terminal: TerminalSite) {
  return (await listedScans(terminal)).at(-1) as { ScannedAt: WallClock; ClockTrusted: boolean };
}

it('checks tickets in at the right time on a machine that is four minutes behind', async () => {
  const { clocks, right, platform, terminal, hear, scan } = await makeCinema();
  clocks.wrongMs = -4 * MINUTE;
  await hear();
  await scan();
  const admitted = await scan();
  expect(admitted).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  const { ScannedAt, ClockTrusted } = await lastScan(terminal);
  expect(ClockTrusted).toBe(true);
  expect(Math.abs(epochOf(ScannedAt) - right())).toBeLessThan(10_000);
  await platform.received(2);
  const record = platform.records.find(({ recordId }) => recordId === admitted.RecordId);
  expect(record?.checkTime).toBe(ScannedAt);
});

it('gets its keys even if its clock is ten minutes behind when the upstream is set', async () => {
  const clocks = { passedMs: 0 };
  const right = () => Date.now() + clocks.passedMs;
  const platform = await startPlatform({ now: right, kind: 'claiming', keys: [ukey.key] });
  const terminal = await makeTerminal({ now: () => right() - 10 * MINUTE });
  const agent = await terminal.start();
  await terminal.setUpstream(platform.bundle);
  // More time passes than the test takes, yet so little at once that it is no setting of the clock.
  const passing = setInterval(() => (clocks.passedMs += 150), 100);
  onTestFinished(() => clearInterval(passing));
  await platform.until(() => platform.asked.includes('GetPublicKeys'));
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info);
  await expect.poll(() => agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
});

it('asks for the time when it starts again, before any guest comes', async () => {
  // It takes a question for keys as a sign that one is missing, so that the time is asked for by another.
  const platform = await startThirdPartyPlatform({
    now: Date.now,
    extensions: ['record-id', 'keys-refreshed'],
    cinemaCodes: [CINEMA],
    keys: [[CINEMA, [ukey.key]]],
  });
  const terminal = await makeTerminal({ now: Date.now });
  await terminal.setUpstream(platform.bundle);
  const before = await terminal.start();
  await terminal.keysStored();
  await before.close();
  const asked = platform.asked.length;
  await terminal.start();
  await platform.until(
    () => platform.asked.slice(asked).filter((api) => api === 'ReportOriginalCheckTickets').length >= 2,
  );
});

it('admits nobody once the clock was set back behind the last admission, without a network', async () => {
  const { clocks, platform, terminal, scan } = await makeCinema();
  expect(await scan()).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(1);
  await platform.stop();
  clocks.wrongMs = -3 * MINUTE;
  expect(await scan()).toMatchObject({ Verdict: 'CLOCK_UNTRUSTED' });
  expect(await lastScan(terminal)).toMatchObject({ Verdict: 'CLOCK_UNTRUSTED', ClockTrusted: false });
  clocks.wrongMs = 0;
  expect(await scan()).toMatchObject({ Verdict: 'ADMIT' });
});
