// @module-tag service
import { expect, it } from 'vitest';
import { logInAs } from '../testing/log-in.ts';
import { gatesWith } from '../testing/test-gates.ts';
import { makeTerminal } from '../testing/test-terminal.ts';

it('an usher sees which gate is out of order and since when, and clears it; one that still fails is marked again', async () => {
  const terminal = await makeTerminal({ now: Date.now, settings: { SECOND_FACTOR_ROLES: 'administrator' } });
  let error: string | null = 'the <b>board</b> does not answer';
  const driverOf = gatesWith({
    'gate-2': { driver: 'modbus', health: () => ({ claimed: true, enabled: error === null, error }) },
  });
  const agent = await terminal.start({ driverOf });
  const store = await terminal.open();
  const at = { terminal, agent };
  const [usher, auditor] = [await logInAs('uwe', 'usher', at), await logInAs('anna', 'auditor', at)];
  await expect.poll(async () => (await usher.open('/gates')).text).toContain('停用');
  const page = await usher.open('/gates');
  expect(page.text).toContain('the &lt;b&gt;board&lt;/b&gt; does not answer');
  expect(page.text).toContain('Modbus 继电器板');
  expect((await auditor.open('/gates')).text).not.toContain('<button aria-label="解除停用');
  expect((await auditor.post('/gates/clear', 'gate=gate-2')).status).toBe(403);

  // What the board says now is not what it said first.
  error = 'the port was unplugged';
  expect((await usher.open('/gates')).text).toContain('仍有故障：串口已断开');
  await usher.send(await usher.open('/gates'), '/gates/clear', { gate: 'gate-2' });
  await expect.poll(async () => (await usher.open('/gates')).text).toContain('最初的故障：串口已断开');

  error = null;
  const cleared = await usher.send(await usher.open('/gates'), '/gates/clear', { gate: 'gate-2' });
  expect(cleared.text).toContain('gate-2 已解除停用。');
  expect(cleared.text).not.toContain('<button aria-label="解除停用');
  const again = await usher.send(page, '/gates/clear', { gate: 'gate-2' });
  expect(again.text).toContain('gate-2 没有停用，可能已由他人解除。');
  const operations = store.db.selectFrom('operation').select(['actor', 'what']).where('name', '=', 'gate clear');
  expect(await operations.where('before', 'is not', null).execute()).toEqual(
    Array(2).fill({ actor: 'uwe', what: '{"gate":"gate-2"}' }),
  );
});
