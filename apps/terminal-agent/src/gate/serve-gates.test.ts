// @module-tag service
import { expect, it } from 'vitest';
import { logInAs } from '../testing/log-in.ts';
import { gatesWith } from '../testing/test-gates.ts';
import { makeTerminal } from '../testing/test-terminal.ts';

it('an usher sees which gate is out of order and since when, and clears it; one that still fails is marked again', async () => {
  const terminal = await makeTerminal({ now: Date.now, settings: { SECOND_FACTOR_ROLES: 'administrator' } });
  let error: string | null = 'the board does not answer';
  const driverOf = gatesWith({
    'gate-2': { driver: 'modbus', health: () => ({ claimed: true, enabled: error === null, error }) },
  });
  const agent = await terminal.start({ driverOf });
  const store = await terminal.open();
  const at = { terminal, agent };
  const [usher, auditor] = [await logInAs('uwe', 'usher', at), await logInAs('anna', 'auditor', at)];
  const gate2 = async () => (await usher.json('/gates.json')).Gates[1];
  await expect.poll(gate2).toMatchObject({ Driver: 'modbus', What: 'the board does not answer' });
  expect((await gate2()).OutOfOrderSince).not.toBeNull();
  const clear = (browser = usher) => browser.act('/gate/clear', { Gate: 'gate-2' });
  expect(await clear(auditor)).toMatchObject({ status: 403 });

  // What the board says now is not what it said first.
  error = 'the port was unplugged';
  await expect.poll(gate2).toMatchObject({ What: 'the board does not answer', Error: error });
  expect(await clear()).toMatchObject({ status: 200 });
  await expect.poll(gate2).toMatchObject({ What: 'the port was unplugged', Enabled: false });

  error = null;
  expect(await clear()).toMatchObject({ status: 200 });
  expect(await gate2()).toMatchObject({ OutOfOrderSince: null, Error: null, Enabled: true });
  const again = { status: 410, error: 'gone', message: expect.stringContaining('可能已由他人解除') };
  expect(await clear()).toMatchObject(again);
  const operations = store.db.selectFrom('operation').select(['actor', 'what']).where('name', '=', 'gate clear');
  expect(await operations.where('before', 'is not', null).execute()).toEqual(
    Array(2).fill({ actor: 'uwe', what: '{"gate":"gate-2"}' }),
  );
});
