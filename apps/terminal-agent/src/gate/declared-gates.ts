import {
  asked,
  type InEachLanguage,
  list,
  listCommand,
  operation,
  operationCommand,
  type PageSet,
  type Reading,
  serveList,
  serveOperations,
} from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import type { CinemaCode, DeviceState } from '@ticket-check/protocol';
import { deviceFaults, deviceJson } from '@ticket-check/protocol/terminal-advice';
import type { Clock } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { z } from 'zod';
import type { TerminalStore, TerminalTables } from '../tables.ts';
import { type AlarmEnd, endAlarm, loadAlarms, passedJson } from './gate-alarms.ts';
import type { DriverPlan } from './gate-plan.ts';
import { GATE_ROW, type GateRow } from './gate-row.ts';

/** What is known of each gate beside its alarms: by the settings, or by the agent that runs. */
type KnownGate = Pick<GateRow, 'Gate' | 'Driver' | 'Sensor' | 'Enabled' | 'Error' | 'ErrorZh'>;

type GateSource = {
  readonly store: TerminalStore;
  readonly gates: () => Promise<readonly KnownGate[]> | readonly KnownGate[];
  /** The admissions of some cinemas whose guest the sensors did not see; only the agent that runs shows them. */
  readonly missed?: (cinemas: 'all' | readonly CinemaCode[]) => Promise<readonly object[]>;
};

/** The gates of this terminal, with what staff have to end: a gate that failed, and people who went through unadmitted. */
const gates = list({
  name: 'gates',
  rowsName: 'Gates',
  title: { zh: '闸机', en: 'Gates' },
  permission: 'records.read',
  filters: {},
  row: GATE_ROW,
  place: z.never(),
  rowsAPage: 0,
  everyMs: 2_000,
  async find({ store, gates, missed }: GateSource, { cinemas }) {
    const [known, marked, passed, besides] = await Promise.all([
      gates(),
      loadAlarms(store.db, 'out-of-order'),
      loadAlarms(store.db, 'passed'),
      missed?.(cinemas).then((Missed) => ({ Missed })) ?? {},
    ]);
    const rows = known.map(({ Gate, Driver, ...more }) => {
      const { since = null, what = null } = marked.get(Gate) ?? {};
      const people = passed.get(Gate);
      return {
        ...{ Gate, Driver, OutOfOrderSince: since, What: what, ...more },
        // Commands speak English.
        ...(more.Enabled !== undefined && what !== null && { WhatZh: deviceFaults(what, 'zh') }),
        ...(people !== undefined && { Unadmitted: passedJson(people) }),
      };
    });
    return { rows, next: null, besides };
  },
});

const input = z.strictObject({ Gate: asked(z.string(), { option: ['<gate>', 'its name, as `gate list` prints it'] }) });

const ending = (by: AlarmEnd, title: InEachLanguage, says: string, none: InEachLanguage) =>
  operation({
    name: `gate ${by}`,
    title,
    says,
    permission: 'gates.clear',
    input,
    cinemasOf: () => [],
    change: (store: TerminalStore, { Gate }) => endAlarm(store.db, by, Gate),
    outcome: (before) => ({ before }),
    gone: { status: 410, ...none },
  });

const clearGate = ending('clear', { zh: '解除停用', en: 'Clear' }, 'clear a gate that was out of order', {
  zh: '该闸机没有停用，可能已由他人解除。',
  en: 'This gate is not out of order; somebody else may have cleared it. `gate list` prints which gates are.',
});

const acknowledgeGate = ending(
  'acknowledge',
  { zh: '已处理', en: 'Acknowledge' },
  'acknowledge people who passed a gate unadmitted',
  {
    zh: '没有人未经放行通过该闸机，或已由他人处理。',
    en: 'Nobody went through this gate without being admitted, or somebody else has acknowledged it.',
  },
);

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
    actions: serveOperations([clearGate, acknowledgeGate], { store, now }),
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
  const common = { store, now, done: (ended: object) => ended };
  operationCommand(gate, clearGate, { ...common, notice: 'Cleared. If it fails again, it is out of order again.' });
  operationCommand(gate, acknowledgeGate, common);
}
