// @module-tag service
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { expect, it } from 'vitest';
import { runCommand } from '../testing/run-program.ts';
import { makeUkey, sellTicket, startPlatform } from '../testing/test-cinema.ts';
import { healthOf, makeTerminal } from '../testing/test-terminal.ts';
import { createNoDriver, type GateDriver } from './gate-driver.ts';

const clock = () => epochOf(parseWallClock('2026-11-24T19:50:00'));
const film = parseWallClock('2026-11-24T20:00:00');

/** A terminal with two gates; `changes` apply to the second one's driver. */
async function startTerminal(changes: Partial<GateDriver>) {
  const ukey = makeUkey(parseWallClock('2024-03-01T00:00:00'));
  const platform = await startPlatform({ now: clock, keys: [ukey.key] });
  const terminal = await makeTerminal({ now: clock });
  await terminal.setUpstream(platform.bundle);
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info);
  const driverOf = (gate: string): GateDriver => ({
    ...createNoDriver(gate, createLogger('test', 'silent')),
    ...(gate === 'gate-2' && { driver: 'lcus', ...changes }),
  });
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
    stderr: expect.stringContaining('gate-2 is not out of order'),
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

it('gates are stopped when the agent ends', async () => {
  const stopped: string[] = [];
  const { agent } = await startTerminal({ stop: () => void stopped.push('gate-2') });
  await agent.close();
  expect(stopped).toEqual(['gate-2']);
});
