// @module-tag process
import { businessDate, type CheckRecord, wallClockAt } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { startCinema } from '../testing/evening.ts';
import { runCommand } from '../testing/run-program.ts';
import { makeTerminal } from '../testing/test-terminal.ts';

async function reconcile(env: Record<string, string>, ...args: string[]) {
  const ended = await runCommand(['reconcile', '--business-date', businessDate(wallClockAt(Date.now())), ...args], env);
  const lines = ended.stdout.split('\n').filter(Boolean);
  return { ...ended, lines: lines.map((line) => JSON.parse(line)) };
}

it('names what the platform holds otherwise, has not or has not passed on', async () => {
  const { platform, terminal, sell, agent } = await startCinema({ now: Date.now, kind: 'claiming' });
  for (let guest = 1; guest <= 3; guest += 1) expect(await agent.scan(sell().code)).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(3);
  await expect.poll(async () => (await reconcile(terminal.env, '--all')).stdout).toBe('');
  const [priced, lost, held] = platform.records as [CheckRecord, CheckRecord, CheckRecord];
  platform.records = [{ ...priced, price: 4600 as CheckRecord['price'] }, held];
  platform.states.set(held.recordId, { delivered: false, refused: 'CODE_NOT_GENUINE' });
  const { code, lines, stderr } = await reconcile(terminal.env);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/Records of .* that differ: 3\.\n$/)]);
  expect(new Map(lines.map((line) => [line.RecordId, line]))).toEqual(
    new Map([
      [priced.recordId, expect.objectContaining({ Kind: 'differs', Elements: { Price: { Here: 45, Upstream: 46 } } })],
      [lost.recordId, expect.objectContaining({ Kind: 'missing-upstream', Way: 'delivered' })],
      [held.recordId, expect.objectContaining({ Kind: 'undelivered-upstream', ErrorCode: 'CODE_NOT_GENUINE' })],
    ]),
  );
});

it('says that there is nothing to compare with where no platform is set', async () => {
  const { env } = await makeTerminal({ now: Date.now });
  const refused = { code: 1, stdout: '', stderr: expect.stringContaining('No platform above is set') };
  expect(await reconcile(env)).toMatchObject(refused);
});
