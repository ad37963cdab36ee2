// @module-tag service

import { once } from 'node:events';
import { createServer } from 'node:net';
import { parseWallClock } from '@ticket-check/protocol';
import { freePort, measureTurns } from '@ticket-check/runtime/testing';
import { expect, it, onTestFinished } from 'vitest';
import { film, makeCinema, ukey } from '../testing/evening.ts';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';

const BUDGET_MS = 1000;
/** What all but waiting for the line may take, by the turns that this process is given; no benchmark. */
const GRACE_MS = 1000;

async function startCinema(budgetMs = BUDGET_MS) {
  const { platform, terminal } = await makeCinema({
    kind: 'claiming',
    settings: { UPSTREAM_BUDGET_MS: `${budgetMs}` },
  });
  const agent = await terminal.start();
  await terminal.keysStored();
  return { platform, terminal, agent };
}

/** Takes connections and says nothing, not even in the TLS handshake. */
async function blackHole(): Promise<string> {
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
  });
  onTestFinished(() => void server.close());
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return `https://127.0.0.1:${port}`;
}

// Whatever else comes back in place of an answer: the tests of the client, and the proof of the lines.
it.each([
  ['a black hole takes the connection', blackHole],
  ['the name cannot be resolved', async () => 'https://platform.invalid:9000/'],
])(
  'answers every scan inside its budget, and waits for the line in a few of them only, while %s',
  async (_name, makeFault) => {
    const { platform, terminal, agent } = await startCinema();
    await terminal.setUpstream({ ...platform.bundle, Url: await makeFault() });
    const elapsed: number[] = [];
    for (let scans = 0; scans < 8; scans += 1) {
      const { code } = sellTicket(ukey, film);
      const { result, turnsMs } = await measureTurns(() => agent.scan(code, `gate-${1 + (scans % 2)}`));
      elapsed.push(turnsMs);
      expect(result).toMatchObject({ Verdict: 'ADMIT', Confirmed: false, RefundStateKnown: false });
    }
    for (const ms of elapsed) expect(ms).toBeLessThan(BUDGET_MS + GRACE_MS);
    expect(elapsed.reduce((sum, ms) => sum + ms)).toBeLessThan(3 * BUDGET_MS + GRACE_MS);
    expect(elapsed.filter((ms) => ms > BUDGET_MS * 0.9).length).toBeLessThanOrEqual(3);
  },
);

it('answers a scan at one gate while another gate’s scan waits for the platform', async () => {
  const { platform, agent } = await startCinema(10_000);
  const release = platform.hold();
  const asked = platform.nextAsked('ClaimTicket');
  const waiting = agent.scan(sellTicket(ukey, film).code, 'gate-1');
  await asked;
  const forged = sellTicket(ukey, parseWallClock('2026-11-24T10:00:00'));
  expect(await agent.scan(forged.code, 'gate-2')).toMatchObject({ Verdict: 'EXPIRED' });
  const answeredFirst = await Promise.race([waiting, Promise.resolve('gate-2')]);
  expect(answeredFirst).toBe('gate-2');
  release();
  expect(await waiting).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
});

it('asks the platform again by itself once the line is back', async () => {
  const { platform, agent } = await startCinema();
  const release = platform.hold();
  for (let scans = 0; scans < 3; scans += 1) {
    expect(await agent.scan(sellTicket(ukey, film).code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  }
  release();
  await platform.received(3);
  // The probe, or the records that were sent: something was answered, and the next one is soon.
  let verdict = await agent.scan(sellTicket(ukey, film).code);
  const again = async () => {
    verdict = await agent.scan(sellTicket(ukey, film).code);
    return verdict.Confirmed;
  };
  if (verdict.Confirmed === false) await expect.poll(again).not.toBe(false);
  expect(verdict).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
});

it('does not make a guest with a forged code wait for a line that is down', async () => {
  const { platform, agent } = await startCinema();
  platform.hold();
  await agent.scan(sellTicket(ukey, film).code);
  await agent.scan(sellTicket(ukey, film).code);
  const forger = makeUkey(parseWallClock('2024-03-01T00:00:00'));
  const { turnsMs } = await measureTurns(async () => {
    for (let scans = 0; scans < 5; scans += 1) {
      expect(await agent.scan(sellTicket(forger, film).code)).toMatchObject({ Verdict: 'KEYS_PENDING' });
    }
  });
  expect(turnsMs).toBeLessThan(BUDGET_MS + GRACE_MS);
});
