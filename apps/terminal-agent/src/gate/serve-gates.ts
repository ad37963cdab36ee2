import {
  listCommand,
  operationCommand,
  type PageSet,
  type Reading,
  serveList,
  serveOperation,
} from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import type { CinemaCode, DeviceState } from '@ticket-check/protocol';
import { deviceJson } from '@ticket-check/protocol/terminal-advice';
import type { Clock } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { TerminalStore, TerminalTables } from '../tables.ts';
import { acknowledgeGate, clearGate, gates } from './declared-gates.ts';
import type { DriverPlan } from './gate-plan.ts';

export function gateScreen(
  reading: Reading,
  parts: {
    readonly store: TerminalStore;
    readonly states: () => Promise<readonly DeviceState[]>;
    readonly missed: (cinemas: 'all' | readonly CinemaCode[]) => Promise<readonly object[]>;
  },
): PageSet {
  const { store, states, missed } = parts;
  const { now } = reading;
  const known = async () =>
    (await states()).map((state) => {
      const { Name: Gate, OutOfOrderSeconds: _, ...shown } = deviceJson(state);
      return { Gate, ...shown };
    });
  return {
    name: 'gates',
    screens: [{ path: '/gates', permission: gates.permission, label: gates.title }],
    ...serveList(gates, { store, gates: known, missed }, reading),
    actions: [...serveOperation(clearGate, { store, now }), ...serveOperation(acknowledgeGate, { store, now })],
  };
}

export function gateCommands(
  program: Command,
  parts: {
    readonly store: CommandStore<TerminalTables>;
    readonly now: Clock;
    readonly plans: () => ReadonlyMap<string, DriverPlan>;
  },
): void {
  const { store, now, plans } = parts;
  const gate = program.command('gate').description("work with this terminal's gates");
  const known = () =>
    [...plans()].map(([Gate, plan]) => {
      const sensor = 'sensor' in plan ? plan.sensor : null;
      return { Gate, Driver: plan.driver, ...(sensor !== null && { Sensor: sensor.input }) };
    });
  listCommand(gate, gates, {
    store,
    source: (opened) => ({ store: opened, gates: known }),
    command: 'list',
    description: 'list gates, their drivers and faults as lines of JSON',
    isQuiet: true,
  });
  const common = { store, now, tables: (opened: TerminalStore) => opened, done: (ended: object) => ended };
  operationCommand(gate, clearGate, { ...common, notice: 'Cleared. If it fails again, it is out of order again.' });
  operationCommand(gate, acknowledgeGate, common);
}
