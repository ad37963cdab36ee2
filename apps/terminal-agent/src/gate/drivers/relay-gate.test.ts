// @module-tag process
import { createLogger } from '@ticket-check/runtime';
import { expect, it, onTestFinished, vi } from 'vitest';
import { playDevice, playLcusBoard, playModbusBoard } from '../../testing/played-boards.ts';
import { openPseudoTerminal } from '../../testing/serial-line.ts';
import { createDrivers } from '../gate.ts';
import type { GateDriver } from '../gate-driver.ts';
import { planDrivers, type RelayPlan } from '../gate-plan.ts';
import { createRelayGate } from './relay-gate.ts';

const ID = '01936000-0000-7000-8000-000000000001' as never;

/** The gates of a setting, started. */
async function startGates(text: string): Promise<{ east: GateDriver; west: GateDriver }> {
  const plans = planDrivers(text, ['east', 'west']);
  const driverOf = await createDrivers(plans, {
    dataDir: '/nowhere',
    now: Date.now,
    logger: createLogger('test', 'silent'),
  });
  const gates = { east: driverOf('east'), west: driverOf('west') };
  for (const gate of Object.values(gates)) {
    await gate.start();
    onTestFinished(() => gate.stop());
  }
  return gates;
}

it('the channels of an LCUS board are shut at first, open for their time and no longer, and share one port', async () => {
  const cable = await openPseudoTerminal();
  const board = await playLcusBoard(cable.device);
  const { east, west } = await startGates(`east=lcus:${cable.port}#1;west=lcus:${cable.port}#2`);
  await expect.poll(() => board.commands()).toEqual(['1 off', '2 off']);
  await Promise.all([east.open(ID), west.open(ID)]);
  await expect.poll(() => board.commands().slice(2)).toEqual(['1 on', '2 on', '1 off', '2 off']);
  expect(east.health()).toEqual({ claimed: true, enabled: true, error: null });
});

it('each guest is a pulse, and where the relay lets go to open a gate it is turned round', async () => {
  const cable = await openPseudoTerminal();
  const board = await playLcusBoard(cable.device);
  const { east } = await startGates(`east=lcus:${cable.port}#3,active=off,open=600`);
  await expect.poll(() => board.commands()).toEqual(['3 on']);
  await east.open(ID);
  await east.open(ID);
  await expect.poll(() => board.commands()).toEqual(['3 on', '3 off', '3 on', '3 off']);
});

it('a gate that is open when the agent ends is shut before', async () => {
  const cable = await openPseudoTerminal();
  const board = await playLcusBoard(cable.device);
  const { east } = await startGates(`east=lcus:${cable.port}#1,open=300`);
  // Opening waits until the port is open.
  await east.open(ID);
  await east.stop();
  await expect.poll(() => board.commands()).toEqual(['1 on', '1 off']);
  await expect(east.open(ID)).rejects.toThrow('the port is not open');
});

it('a Modbus board of another make opens and shuts its coils, and keeps the time where it can', async () => {
  const cable = await openPseudoTerminal();
  const board = await playModbusBoard(cable.device, 17);
  const { east, west } = await startGates(
    `east=modbus:${cable.port}@17#0;west=modbus:${cable.port}@17#2,open=1150,flash=dam`,
  );
  await expect.poll(() => board.told).toEqual(['coil 0 off', 'coil 2 off']);
  await east.open(ID);
  await expect.poll(() => board.told.slice(2)).toEqual(['coil 0 on', 'coil 0 off']);
  await west.open(ID);
  expect(board.told.slice(4, 6)).toEqual(['register 13 4', 'register 14 12']);
});

it('the flash command of Waveshare is the one that its makers document', async () => {
  const cable = await openPseudoTerminal();
  // Every command of five bytes is answered by itself.
  const board = await playDevice(cable.device, (heard, port) => port.write(heard));
  const { east } = await startGates(`east=modbus:${cable.port}@1#0,open=700,flash=waveshare`);
  await expect.poll(() => east.health().enabled).toBe(true);
  await east.open(ID);
  expect(board.heard().toString('hex')).toBe('010500000000cdca' + '0105020000078db0');
});

it('a board that is silent, answers nonsense or refuses has an error of its own, and works once it answers', async () => {
  const cable = await openPseudoTerminal();
  let answers: (heard: Buffer) => Uint8Array = () => Buffer.alloc(0);
  const device = await playDevice(cable.device, (heard, port) => port.write(Buffer.from(answers(heard))));
  const { east } = await startGates(`east=modbus:${cable.port}@1#0`);
  const shut = { claimed: true, enabled: false };
  await expect.poll(() => east.health()).toEqual({ ...shut, error: 'it could not be shut: the board does not answer' });
  answers = () => Buffer.alloc(64, 0x5a);
  await expect(east.open(ID)).rejects.toThrow('the board answers nonsense');
  answers = () => Buffer.from('018502c351', 'hex');
  await expect(east.open(ID)).rejects.toThrow('the board refuses the command (exception 2)');
  answers = (heard) => heard;
  await east.open(ID);
  await expect.poll(() => device.heard().subarray(-8).toString('hex')).toBe('010500000000cdca');
  await expect.poll(() => east.health()).toEqual({ claimed: true, enabled: true, error: null });
});

it('a board that stays silent is asked less and less often, which leaves the line to the others', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const plan = planDrivers('east=modbus:/dev/none@1#0,open=50', ['east']).get('east') as RelayPlan;
  const use = vi.fn().mockRejectedValue(new Error('the board does not answer'));
  const state = () => ({ isOpen: true, error: null });
  const gate = createRelayGate(plan, { use, state, join: (connected) => connected(), leave: async () => {} });
  await gate.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(use.mock.calls.length).toBeLessThanOrEqual(9);
});
