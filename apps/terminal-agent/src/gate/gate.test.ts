// @module-tag service
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { playLcusBoard } from '../testing/played-boards.ts';
import { runCommand } from '../testing/run-program.ts';
import { openPseudoTerminal } from '../testing/serial-line.ts';
import { gatesWith } from '../testing/test-gates.ts';
import { healthOf } from '../testing/test-terminal.ts';
import type { GateDriver } from './gate-driver.ts';

/** A terminal whose gates are driven as the setting says, and guests with tickets. */
async function startTerminal(drivers: string) {
  const { terminal, sell } = await makeCinema({
    kind: 'claiming',
    settings: { GATE_DRIVERS: drivers },
  });
  const agent = await terminal.start();
  const guest = () => sell().code;
  const health = async () => (await healthOf(agent, terminal.env.DATA_DIR ?? '')).gates.devices;
  const store = await terminal.open();
  const opened = async () =>
    (await store.db.selectFrom('scan').select('openedAt').orderBy('sequence').execute()).map(
      (scan) => scan.openedAt !== null,
    );
  return { agent, guest, health, opened };
}

it('an admitted guest opens the relay of their gate, which shuts; a refused one does not; unplugged it admits all the same', async () => {
  const cable = await openPseudoTerminal();
  const board = await playLcusBoard(cable.device);
  const { agent, guest, health, opened } = await startTerminal(
    `gate-1=lcus:${cable.port}#1;gate-2=lcus:${cable.port}#2`,
  );
  await expect.poll(() => board.commands()).toEqual(['1 off', '2 off']);
  const code = guest();
  expect(await agent.scan(code, 'gate-2')).toMatchObject({ Verdict: 'ADMIT' });
  await expect.poll(() => board.commands().slice(2)).toEqual(['2 on', '2 off']);
  expect(await agent.scan(code, 'gate-1')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await opened()).toEqual([true, false]);
  expect(board.commands()).toHaveLength(4);

  await cable.unplug();
  const second = guest();
  const said = await agent.scan(second, 'gate-1');
  expect(said).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  const error = expect.stringMatching(/unplugged|cannot be opened/);
  const away = { claimed: false, enabled: false, error, outOfOrderSince: '2026-11-24T19:50:00' };
  await expect.poll(health).toMatchObject([
    { name: 'gate-1', ...away },
    { name: 'gate-2', ...away },
  ]);
  expect((await opened()).at(-1)).toBe(false);

  await cable.plugIn();
  const replugged = await playLcusBoard(cable.device);
  await expect.poll(() => replugged.commands()).toEqual(['1 off', '2 off']);
  // The guest who was left standing is let in by the gate now, under the same record.
  expect(await agent.scan(second, 'gate-1')).toMatchObject({ Verdict: 'ADMIT', RecordId: said.RecordId });
  await expect.poll(() => replugged.commands().slice(2)).toEqual(['1 on', '1 off']);
  expect(await health()).toMatchObject([
    { enabled: true, outOfOrderSince: '2026-11-24T19:50:00' },
    { enabled: true, outOfOrderSince: '2026-11-24T19:50:00' },
  ]);
});

it('a webhook that hangs holds up no guest, and one who comes while it does is not let in twice', async () => {
  const calls: string[] = [];
  const server = createServer((request, reply) => {
    calls.push(request.url ?? '');
    if (request.url === '/works') reply.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { agent, guest, health, opened } = await startTerminal(
    `gate-1=webhook:${url}/hangs;gate-2=webhook:${url}/works`,
  );
  const code = guest();
  const said = await agent.scan(code, 'gate-1', 'hand-held');
  expect(said).toMatchObject({ Verdict: 'ADMIT', Message: 'Admit' });
  expect(await agent.scan(code, 'gate-1', 'hand-held')).toMatchObject({ Verdict: 'ADMIT', Repeated: true });
  expect(await agent.scan(code, 'gate-1')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await agent.scan(guest(), 'gate-2')).toMatchObject({ Verdict: 'ADMIT' });
  expect(calls).toEqual(['/hangs', '/works']);
  await expect
    .poll(health)
    .toMatchObject([
      { error: 'it did not open: the door controller does not answer', outOfOrderSince: expect.any(String) },
      { error: null },
    ]);
  expect(await opened()).toEqual([false, false, true]);
});

describe('a gate that fails', () => {
  /** A terminal with two gates; `changes` apply to the second one's driver. */
  async function startTerminal(changes: Partial<GateDriver>) {
    const { terminal, sell } = await makeCinema();
    const ticket = sell();
    const driverOf = gatesWith({ 'gate-2': { driver: 'lcus', ...changes } });
    const start = async () => {
      const agent = await terminal.start({ driverOf });
      return { agent, health: () => healthOf(agent, terminal.env.DATA_DIR ?? '') };
    };
    const command = (...args: string[]) => runCommand(args, terminal.env);
    return { ...(await start()), restart: start, command, ticket };
  }

  const WELL = { name: 'gate-1', driver: 'none', claimed: true, enabled: true, error: null };

  it('a gate that does not open changes no verdict, is out of order until it is cleared, and tried for each guest all the same', async () => {
    let isStuck = true;
    const { agent, ticket, health, command, restart } = await startTerminal({
      async open() {
        if (isStuck) throw new Error('the relay does not answer');
      },
    });
    expect(await health()).toMatchObject({ status: 'ok', gates: { devices: [WELL, { name: 'gate-2', error: null }] } });
    const said = await agent.scan(ticket.code, 'gate-2');
    expect(said).toMatchObject({
      Verdict: 'ADMIT',
      GateOpened: false,
      MessageZh: '请入场；闸机未打开，请手动开门放行这位观众',
    });
    const outOfOrder = {
      status: 'degraded',
      gates: {
        devices: [
          WELL,
          {
            driver: 'lcus',
            enabled: true,
            error: 'it did not open: the relay does not answer',
            outOfOrderSince: '2026-11-24T19:50:00',
          },
        ],
      },
    };
    await expect.poll(health).toMatchObject(outOfOrder);

    isStuck = false;
    expect(await agent.scan(ticket.code, 'gate-2')).toMatchObject({
      Verdict: 'ADMIT',
      RecordId: said.RecordId,
    });
    expect(await health()).toMatchObject(outOfOrder);
    expect(JSON.parse((await command('gate', 'list')).stdout.split('\n')[1] ?? '')).toEqual({
      Gate: 'gate-2',
      Driver: 'none',
      OutOfOrderSince: '2026-11-24T19:50:00',
      What: 'it did not open: the relay does not answer',
    });

    await agent.close();
    const again = await restart();
    expect(await again.health()).toMatchObject(outOfOrder);
    expect(await command('gate', 'clear', 'gate-2')).toMatchObject({ code: 0 });
    await expect.poll(again.health).toMatchObject({ status: 'ok', gates: { devices: [WELL, { error: null }] } });
    expect(await command('gate', 'clear', 'gate-2')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('This gate is not out of order'),
    });
    const written = (await command('audit', 'list')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(written.filter(({ Name }) => Name === 'gate clear')).toMatchObject([
      { What: { gate: 'gate-2' }, Before: { Gate: 'gate-2', OutOfOrderSince: '2026-11-24T19:50:00' } },
      { What: { gate: 'gate-2' }, Failed: true },
    ]);
  });

  it('a gate that cannot be started keeps neither the agent nor the other gate from working', async () => {
    const { agent, ticket, health } = await startTerminal({
      start() {
        throw new Error('no such port');
      },
    });
    expect(await agent.scan(ticket.code, 'gate-1')).toMatchObject({ Verdict: 'ADMIT' });
    const broken = { claimed: false, enabled: false, error: 'it could not be started: no such port' };
    await expect.poll(health).toMatchObject({
      status: 'degraded',
      gates: { devices: [WELL, { ...broken, outOfOrderSince: '2026-11-24T19:50:00' }] },
    });
  });
});
