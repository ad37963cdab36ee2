// @module-tag process
import { expect, it } from 'vitest';
import { runCommand, startServing } from '../testing/run-program.ts';
import { healthOf, listedScans, makeTerminal } from '../testing/test-terminal.ts';

const ENDED = { name: 'stdin', driver: 'stdin', claimed: false, enabled: false };

it.each<[string, Record<string, string>, string, string | null]>([
  [
    'is an error where it is to last',
    { SCANNERS: 'stdin=stdin' },
    'degraded',
    'standard input has ended: no scanner types into it any more',
  ],
  ['is no error where it was read because it is a pipe', {}, 'ok', null],
])('standard input that ends %s, and is shown', async (_name, settings, status, error) => {
  const terminal = await makeTerminal({ now: Date.now, settings });
  const agent = await startServing(terminal.env);
  const health = () => healthOf(agent, terminal.env.DATA_DIR ?? '');
  expect(await agent.scan('first\n')).toMatchObject({ Verdict: 'UNREADABLE' });
  expect(await health()).toMatchObject({
    status: 'ok',
    scanners: { devices: [{ name: 'stdin', claimed: true, enabled: true, error: null }] },
  });

  agent.stdin.end();
  await expect.poll(health).toMatchObject({ status, scanners: { devices: [{ ...ENDED, error }] } });
  const { stdout } = await runCommand(['check', 'second'], terminal.env);
  expect(JSON.parse(stdout)).toMatchObject({ Verdict: 'UNREADABLE' });
  expect(await agent.kill('SIGTERM')).toMatchObject({ code: 0 });
});

it('stops taking typed lines when the reader of its verdicts is gone, says so, and continues', async () => {
  const terminal = await makeTerminal({ now: Date.now, settings: { LOG_LEVEL: 'info', SCANNERS: 'stdin=stdin' } });
  const agent = await startServing(terminal.env);
  expect(await agent.scan('first\n')).toMatchObject({ Verdict: 'UNREADABLE' });
  agent.leaveVerdicts();
  agent.stdin.write('second\n');
  await expect.poll(() => agent.said().join('\n')).toContain('nobody reads standard output, where verdicts go');
  await expect
    .poll(() => healthOf(agent, terminal.env.DATA_DIR ?? ''))
    .toMatchObject({
      status: 'degraded',
      scanners: {
        devices: [{ name: 'stdin', enabled: false, error: 'nobody reads standard output, where verdicts go' }],
      },
    });
  agent.stdin.write('third\n');
  const { stdout } = await runCommand(['check', 'fourth'], terminal.env);
  expect(JSON.parse(stdout)).toMatchObject({ Verdict: 'UNREADABLE' });
  expect(await agent.kill('SIGTERM')).toMatchObject({ code: 0 });
  expect(await listedScans(terminal, 10)).toHaveLength(3);
});
