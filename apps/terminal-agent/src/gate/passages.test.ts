// @module-tag service
import { OWN } from '@ticket-check/admin/testing';
import { createReversals } from '@ticket-check/check-records';
import { expect, it } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { logInAs } from '../testing/log-in.ts';
import { playModbusBoard } from '../testing/played-boards.ts';
import { runCommand } from '../testing/run-program.ts';
import { openPseudoTerminal } from '../testing/serial-line.ts';
import { healthOf, metricsOf } from '../testing/test-terminal.ts';

const SENSOR = 3;

/** A terminal whose gate has a sensor at a Modbus board, an usher who is logged in, and guests with tickets. */
async function startTerminal() {
  const cable = await openPseudoTerminal();
  const board = await playModbusBoard(cable.device);
  const { terminal, sell } = await makeCinema({
    now: Date.now,
    kind: 'claiming',
    settings: {
      GATE_DRIVERS: `gate-1=modbus:${cable.port}@1#0,open=50,sensor=${SENSOR},within=3`,
      SECOND_FACTOR_ROLES: 'administrator',
    },
  });
  const agent = await terminal.start();
  const store = await terminal.open();
  const directory = terminal.env.DATA_DIR ?? '';
  const until = `${new Date().getFullYear() + 1}-01-01`;
  const added = await runCommand(
    ['token', 'add', 'door', '--permissions', 'entries.undo-unpassed,gates.clear', '--all-cinemas', '--until', until],
    terminal.env,
  );
  const { Token } = JSON.parse(added.stdout);
  const usher = await logInAs('uwe', 'usher', { terminal, agent });
  // More than once if the board had no time to answer.
  await expect.poll(() => board.told).toContain('coil 0 off');
  const guest = () => sell().code;
  const admit = async (code: string) => {
    const said = await agent.scan(code);
    expect(said).toMatchObject({ Verdict: 'ADMIT' });
    return said.RecordId ?? '';
  };
  const command = (...args: string[]) => runCommand(args, { ...terminal.env, OPERATOR_TOKEN: Token });
  return {
    agent,
    board,
    cable,
    store,
    usher,
    guest,
    admit,
    command,
    health: () => healthOf(agent, directory),
    metrics: () => metricsOf(agent, directory),
  };
}

it('a guest who does not go through is shown, and an usher lets the ticket in again; an unadmitted person raises an alarm', async () => {
  const { agent, board, store, usher, guest, admit, command, health, metrics } = await startTerminal();
  const missedGuests = async () => (await usher.json('/gates.json')).Missed;
  const gone = await admit(guest());
  await board.pulse(SENSOR);

  const code = guest();
  const missed = await admit(code);
  // The other guest went through, which only a supervisor may undo.
  await expect.poll(missedGuests).toMatchObject([{ RecordId: missed }]);
  const undo = (RecordId: string, more: object = { Unpassed: true }) =>
    usher.act('/entries/undo', { RecordId, reason: '观众离开', password: OWN, ...more });
  expect(await undo(gone)).toMatchObject({ status: 410, error: 'gone' });
  expect(await undo(missed, {})).toMatchObject({ status: 403, error: 'forbidden' });
  expect(await command('entries', 'undo', gone, '--unpassed', '--reason', 'left')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the guest went through after all'),
  });

  expect(await undo(missed)).toMatchObject({ status: 200 });
  expect(await createReversals(store).list(10)).toMatchObject([{ reverses: missed }]);
  expect(await missedGuests()).toEqual([]);
  const written = store.db.selectFrom('operation').select(['actor', 'what']).where('name', '=', 'entries undo');
  expect(await written.where('before', 'is not', null).execute()).toEqual([
    { actor: 'uwe', what: expect.stringContaining('"unpassed":true') },
  ]);
  expect(await agent.scan(code)).toMatchObject({ Verdict: 'ADMIT' });
  await board.pulse(SENSOR);
  await expect.poll(health).toMatchObject({ status: 'ok', passages: { ok: true, unadmitted: [] } });

  // The entry was undone: nobody may go through for it any more.
  await board.pulse(SENSOR);
  await expect.poll(health).toMatchObject({
    status: 'degraded',
    passages: { ok: true, degraded: true, unadmitted: [{ gate: 'gate-1', count: 1 }] },
  });
  expect((await usher.json('/gates.json')).Gates).toMatchObject([{ Unadmitted: { Gate: 'gate-1', Count: 1 } }, {}]);
  await expect.poll(metrics).toContain('passages_unadmitted_total{gate="gate-1"} 1');
  expect(await metrics()).toContain('admissions_unpassed_total{gate="gate-1"} 1');
  const { Advice } = await usher.json('/state.json');
  expect(Advice).toMatchObject([{ WrongZh: '有人未经放行通过（gate-1：1 人）' }]);
  expect((await command('gate', 'list')).stdout).toContain('"Sensor":3,"Unadmitted":{"Gate":"gate-1"');
  expect(await usher.act('/gate/acknowledge', { Gate: 'gate-1' })).toMatchObject({ status: 200 });
  await expect.poll(health).toMatchObject({ status: 'ok', passages: { ok: true, unadmitted: [] } });
  expect(await command('gate', 'acknowledge', 'gate-1')).toMatchObject({ code: 1 });
});

it('a guest who comes late is no longer to be undone, and a sensor that cannot be read has missed nobody', async () => {
  const { board, cable, usher, guest, admit, health, metrics } = await startTerminal();
  const gates = () => usher.json('/gates.json');
  await admit(guest());
  await expect.poll(gates).toMatchObject({ Missed: [{ Gate: 'gate-1' }] });
  await board.pulse(SENSOR);
  await expect.poll(gates).toMatchObject({ Missed: [] });
  await expect.poll(health).toMatchObject({ status: 'ok' });

  await admit(guest());
  await cable.unplug();
  await expect.poll(gates).toMatchObject({ Gates: [{ OutOfOrderSince: expect.any(String) }, {}] });
  await expect.poll(metrics).toContain('gates_out_of_order 1');
  await cable.plugIn();
  const replugged = await playModbusBoard(cable.device);
  await expect.poll(() => replugged.told).toContain('coil 0 off');
  // Looked at again before anybody comes.
  await replugged.pulse(SENSOR + 1);
  await replugged.pulse(SENSOR);
  await expect.poll(gates).toMatchObject({ Gates: [{ Unadmitted: { Count: 1 } }, {}], Missed: [] });
});
