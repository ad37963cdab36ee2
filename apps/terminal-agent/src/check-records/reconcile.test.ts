// @module-tag process
import { businessDate, type CheckRecord, wallClockAt } from '@ticket-check/protocol';
import type { PeerPlatform } from '@ticket-check/simulators/peers';
import { expect, it } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { runCommand } from '../testing/run-program.ts';
import type { PlatformKind } from '../testing/test-cinema.ts';
import { makeTerminal } from '../testing/test-terminal.ts';

let platform: PeerPlatform;
let env: Record<string, string>;

/** A terminal that has let three guests in, whose records the platform has. */
async function setUp(kind: PlatformKind) {
  const cinema = await makeCinema({ now: Date.now, kind });
  platform = cinema.platform;
  env = cinema.terminal.env;
  const agent = await cinema.terminal.start();
  for (let guest = 1; guest <= 3; guest += 1) {
    expect(await agent.scan(cinema.sell().code)).toMatchObject({ Verdict: 'ADMIT' });
  }
  await platform.received(3);
  await expect.poll(async () => (await reconcile('--all')).stdout).toBe('');
}

async function reconcile(...args: string[]) {
  const ended = await runCommand(['reconcile', '--business-date', businessDate(wallClockAt(Date.now())), ...args], env);
  return {
    ...ended,
    lines: ended.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

it('is silent where the platform has what was admitted, and asks once', async () => {
  await setUp('claiming');
  platform.asked.length = 0;
  expect(await reconcile()).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('nothing differs') });
  expect(platform.asked.filter((api) => api === 'ListCheckRecords')).toHaveLength(1);
});

it('names what the platform holds otherwise, has not or has not passed on', async () => {
  await setUp('claiming');
  const [priced, lost, held] = platform.records as [CheckRecord, CheckRecord, CheckRecord];
  platform.records = [{ ...priced, price: 4600 as CheckRecord['price'] }, held];
  platform.states.set(held.recordId, { delivered: false, refused: 'CODE_NOT_GENUINE' });
  const { code, lines, stderr } = await reconcile();
  expect([code, stderr]).toEqual([1, expect.stringMatching(/3 records of .* differ\.\n$/)]);
  expect(new Map(lines.map((line) => [line.RecordId, line]))).toEqual(
    new Map([
      [priced.recordId, expect.objectContaining({ Kind: 'differs', Elements: { Price: { Here: 45, Upstream: 46 } } })],
      [lost.recordId, expect.objectContaining({ Kind: 'missing-upstream', Way: 'delivered' })],
      [held.recordId, expect.objectContaining({ Kind: 'undelivered-upstream', ErrorCode: 'CODE_NOT_GENUINE' })],
    ]),
  );
});

it('says of a plain platform that only the sending could be compared', async () => {
  await setUp('plain');
  const told = expect.stringContaining('only how each was sent could be compared');
  expect(await reconcile()).toMatchObject({ code: 0, stdout: '', stderr: told });
});

it('says that there is nothing to compare with where no platform is set', async () => {
  const site = await makeTerminal({ now: Date.now });
  env = site.env;
  expect(await reconcile()).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('No platform above is set'),
  });
});
