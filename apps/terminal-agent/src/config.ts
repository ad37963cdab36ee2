import { forwardingSettings, RETENTION_FLOORS, retentionSettings } from '@ticket-check/check-records';
import { operatorSettings } from '@ticket-check/operators';
import { parseCinemaCode } from '@ticket-check/protocol';
import {
  addresses,
  allows,
  baseSettings,
  ExpectedError,
  oneOf,
  parsed,
  readSettings,
  type SettingsOf,
  type ShownSetting,
  showSettings,
  text,
  wholeNumber,
} from '@ticket-check/runtime';
import { z } from 'zod';
import { LONGEST_MINUTES_BEFORE } from './admission/rules.ts';
import { type DriverPlan, parseGates, planDrivers } from './gate/gate-plan.ts';
import type { Scanner } from './scanner/run-scanner.ts';
import { planScanners } from './scanner/scanner-plan.ts';

/** What each setting means: docs/configuration.md. */
const terminalSettings = {
  ...baseSettings,
  ...operatorSettings,
  ...forwardingSettings,
  ...retentionSettings(RETENTION_FLOORS.terminal),
  // No balancer stands before a terminal.
  DRAIN_SECONDS: wholeNumber(0, 300).default(0),
  GATES: parsed(
    'gates with the codes of their screens, as name=screen,screen;name=screen',
    '检票口及其影厅编码，形如 name=screen,screen;name=screen',
    parseGates,
  ).default(parseGates('gate-1')),
  GATE_DRIVERS: text(
    'gates with what opens them, as gate=lcus:<path>#<channel>;gate=modbus:<path>@<unit>#<coil>;gate=webhook:<url>',
    '检票口及其开闸方式，形如 gate=lcus:<串口>#<通道>;gate=modbus:<串口>@<从站>#<线圈>;gate=webhook:<地址>',
  ).default(''),
  CINEMA_CODES: parsed('cinema codes of 8 characters, separated by commas', '8 位影院编码，用逗号分隔', (value) =>
    value.split(',').map((code) => parseCinemaCode(code.trim())),
  )
    .nullable()
    .default(null),
  ADMIT_BEFORE_MINUTES: wholeNumber(0, LONGEST_MINUTES_BEFORE).default(60),
  ADMIT_AFTER_MINUTES: wholeNumber(0, 1440).default(120),
  UPSTREAM_BUDGET_MS: wholeNumber(50, 10_000).default(1500),
  KIOSK: oneOf(['on', 'off']).default('on'),
  KIOSK_ADDRESSES: addresses(),
  PASS_OUTS: oneOf(['on', 'off']).default('off'),
  OFFLINE_AFTER_SILENCES: wholeNumber(1, 100).default(2),
  OFFLINE_POLICY: oneOf(['admit', 'refuse']).default('admit'),
  RECHECK_SECONDS: secondsInTurn().default([60, 300, 1200, 3600, 14_400, 86_400]),
  UNKNOWN_TICKET_POLICY: oneOf(['admit', 'refuse']).default('admit'),
  SCANNERS: text(
    'scanners as name=stdin, name=serial:path@baud, name=hid:vendor:product or name=tcp:port,from=address, each with ,gate=name where that is not the first gate, separated by semicolons',
    '扫码枪，形如 name=stdin、name=serial:路径@波特率、name=hid:厂商号:产品号 或 name=tcp:端口,from=地址，可加 ,gate=检票口，用分号分隔',
  )
    .nullable()
    .default(null),
  DEBOUNCE_MS: wholeNumber(0, 10_000).default(1500),
  KEEP_SCANS_WITHOUT_TICKET: wholeNumber(100, 10_000_000).default(20_000),
  STATE_SECONDS: wholeNumber(30, 600).default(60),
  KEY_SYNC_MINUTES: wholeNumber(1, 30).default(30),
};

export type TerminalSettings = SettingsOf<typeof terminalSettings> & {
  driverPlans: ReadonlyMap<string, DriverPlan>;
  scannerPlan: readonly Scanner[];
};

/** Reads the settings of the terminal agent. @throws ExpectedError with one sentence for each invalid variable. */
export function readTerminalSettings(env: Readonly<Record<string, string | undefined>>): TerminalSettings {
  const settings = readSettings(terminalSettings, env);
  if (!settings.DATABASE_URL.startsWith('sqlite:')) {
    throw new ExpectedError('DATABASE_URL must begin with sqlite: — a terminal keeps its records beside its gate.');
  }
  const { GATES, GATE_DRIVERS, SCANNERS, HOST: host, PORT, CONSOLE_PORT } = settings;
  const gates = GATES.map(([name]) => name);
  return {
    ...settings,
    driverPlans: orExpected('GATE_DRIVERS', () => planDrivers(GATE_DRIVERS, gates)),
    scannerPlan: orExpected('SCANNERS', () =>
      SCANNERS === null ? [] : planScanners(SCANNERS, { gates, host, ports: { PORT, CONSOLE_PORT } }),
    ),
  };
}

function orExpected<T>(about: string, plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    throw new ExpectedError(`${about}: ${(error as Error).message}.`);
  }
}

export function showTerminalSettings(env: Readonly<Record<string, string | undefined>>): readonly ShownSetting[] {
  return showSettings(terminalSettings, env);
}

function secondsInTurn() {
  const schema = z
    .string()
    .regex(/^ *[1-9]\d{0,5}(?: *, *[1-9]\d{0,5}){0,19} *$/)
    .transform((value) => value.split(',').map(Number));
  return allows(
    schema,
    'at most 20 whole numbers from 1 to 999999, separated by commas',
    '最多 20 个 1 到 999999 的整数，用逗号分隔',
  );
}
