import { forwardingSettings, RETENTION_FLOORS, retentionSettings } from '@ticket-check/check-records';
import { operatorSettings } from '@ticket-check/operators';
import { type CinemaCode, isGateName, parseCinemaCode, parseScreenCode, type ScreenCode } from '@ticket-check/protocol';
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
import { type DriverPlan, type GatePlan, OPEN_MS, parseGates, planDrivers, planGates } from './gate/gate-plan.ts';
import { type PlannedScanner, planScanners } from './scanner/scanner-plan.ts';

const terminalSettings = {
  ...baseSettings,
  ...operatorSettings,
  ...forwardingSettings,
  ...retentionSettings(RETENTION_FLOORS.terminal),

  // No balancer stands before a terminal.
  DRAIN_SECONDS: wholeNumber(0, 300).default(0),

  // The gates of this terminal and the screens behind each. Unset: one gate, named by GATE.
  GATES: parsed(
    'gates with the codes of their screens, as name=screen,screen;name=screen or as a JSON object of lists',
    '检票口及其影厅编码，形如 name=screen,screen;name=screen，或 JSON 对象',
    parseGates,
  )
    .nullable()
    .default(null),

  // The gate at which scans count unless a request names another. Unset: the first of GATES, or gate-1.
  GATE: allows(
    z.string().refine(isGateName),
    'a name of at most 64 letters, digits, dots, dashes or underscores',
    '最多 64 个字母、数字、点、连字符或下划线',
  )
    .nullable()
    .default(null),

  // What opens each gate (docs/gates.md); those not named have no hardware.
  GATE_DRIVERS: text(
    'gates with what opens them, as gate=lcus:<path>#<channel>;gate=modbus:<path>@<unit>#<coil>;gate=webhook:<url>',
    '检票口及其开闸方式，形如 gate=lcus:<串口>#<通道>;gate=modbus:<串口>@<从站>#<线圈>;gate=webhook:<地址>',
  ).default(''),

  // How long a gate stays open for a guest, unless its entry in GATE_DRIVERS says otherwise.
  GATE_OPEN_MS: wholeNumber(OPEN_MS.shortest, OPEN_MS.longest).default(500),

  // Screens behind each gate without screens of its own, as codes separated by commas; a ticket for another screen is
  // WRONG_SCREEN. Unset: all.
  SCREEN_CODES: listOf('screen codes of 16 characters', '16 位影厅编码', parseScreenCode),

  // Cinemas of this terminal, if fewer than the upstream account allows. Unset: those of the account.
  CINEMA_CODES: listOf('cinema codes of 8 characters', '8 位影院编码', parseCinemaCode),

  // How long before and after its StartTime a ticket is admissible (reading C4).
  ADMIT_BEFORE_MINUTES: wholeNumber(0, LONGEST_MINUTES_BEFORE).default(60),
  ADMIT_AFTER_MINUTES: wholeNumber(0, 1440).default(120),

  // How long a scan waits for the upstream before the offline policy decides (reading C3).
  UPSTREAM_BUDGET_MS: wholeNumber(50, 10_000).default(1500),

  // Whether there is a kiosk page; off behind a proxy, through which every caller looks like this machine.
  KIOSK: oneOf(['on', 'off']).default('on'),

  // Machines besides the terminal itself that may open the kiosk page, which scans without the terminal's token (docs/kiosk.md).
  KIOSK_ADDRESSES: addresses(),

  // Scans in a row that got no answer within the budget before the line counts as down: scans are then decided offline at
  // once, until the upstream answers again (reading C3).
  OFFLINE_AFTER_SILENCES: wholeNumber(1, 100).default(2),

  // Verdict on a genuine, timely, unused ticket while the upstream cannot be asked (reading C3).
  OFFLINE_POLICY: oneOf(['admit', 'refuse']).default('admit'),

  // Delays of the rechecks of an admission that was made offline, in seconds, each counted from the answer before (reading C3).
  RECHECK_SECONDS: secondsInTurn().default([60, 300, 1200, 3600, 14_400, 86_400]),

  // Verdict on a genuine ticket that the upstream does not know; `refuse` answers NOT_SOLD (reading C1).
  UNKNOWN_TICKET_POLICY: oneOf(['admit', 'refuse']).default('admit'),

  // The scanners of this terminal, each with its gate. Unset: as SCANNER says.
  SCANNERS: text(
    'scanners as name=stdin, name=serial:path@baud, name=hid:vendor:product or name=tcp:port,from=address, each with ,gate=name where that is not GATE, separated by semicolons',
    '扫码枪，形如 name=stdin、name=serial:路径@波特率、name=hid:厂商号:产品号 或 name=tcp:端口,from=地址，可加 ,gate=检票口，用分号分隔',
  )
    .nullable()
    .default(null),

  // If SCANNERS is unset: whether lines of standard input are scans. `auto` reads a pipe or a file, `stdin` also a terminal,
  // `none` nothing. (A background job that read its terminal would be stopped.)
  SCANNER: oneOf(['auto', 'stdin', 'none']).default('auto'),

  // What the scanner sends after each code: `enter` is CR, LF or both.
  SCANNER_SUFFIX: oneOf(['enter', 'tab']).default('enter'),

  // The same text from the same scanner within this time is the same physical read: it gets the same answer, and no gate
  // opens again. 0: every read is a scan.
  DEBOUNCE_MS: wholeNumber(0, 10_000).default(1500),

  // How many scans that no key opened are kept: anybody at a scanner can make any number of them. Scans of genuine tickets
  // are kept for RETENTION_MONTHS.
  KEEP_SCANS_WITHOUT_TICKET: wholeNumber(100, 10_000_000).default(20_000),

  // How often this terminal reports its state to the platform above: devices, queues, keys and clock (reading X8).
  STATE_SECONDS: wholeNumber(30, 600).default(60),

  // How often the cinemas' public keys are fetched; the scheme's 30 minutes at most (5.1.5).
  KEY_SYNC_MINUTES: wholeNumber(1, 30).default(30),
};

/** The settings of the terminal agent, read once at start from the environment. */
export type TerminalSettings = SettingsOf<typeof terminalSettings> & {
  gatePlan: GatePlan;
  driverPlans: ReadonlyMap<string, DriverPlan>;
  /** `null`: SCANNER decides. */
  scannerPlan: readonly PlannedScanner[] | null;
};

/**
 * Reads the settings of the terminal agent.
 *
 * @throws ExpectedError with one sentence for each invalid variable.
 */
export function readTerminalSettings(env: Readonly<Record<string, string | undefined>>): TerminalSettings {
  const settings = readSettings(terminalSettings, env);
  if (!settings.DATABASE_URL.startsWith('sqlite:')) {
    throw new ExpectedError('DATABASE_URL must begin with sqlite: — a terminal keeps its records beside its gate.');
  }
  const { GATES: gates, GATE: usual, SCREEN_CODES: screens, SCANNERS: scanners, PORT, CONSOLE_PORT } = settings;
  const gatePlan = orExpected('GATE must be one of GATES', () => planGates({ gates, usual, screens }));
  const scannerPlan =
    scanners === null
      ? null
      : orExpected('SCANNERS', () =>
          planScanners(scanners, { gates: [...gatePlan.screensOf.keys()], ports: { PORT, CONSOLE_PORT } }),
        );
  const driverPlans = orExpected('GATE_DRIVERS', () =>
    planDrivers(settings.GATE_DRIVERS, { gates: gatePlan.screensOf.keys(), openMs: settings.GATE_OPEN_MS }),
  );
  return { ...settings, gatePlan, scannerPlan, driverPlans };
}

function orExpected<T>(about: string, plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    throw new ExpectedError(`${about}: ${(error as Error).message}.`);
  }
}

/** The settings as they may be shown: without secrets. */
export function showTerminalSettings(env: Readonly<Record<string, string | undefined>>): readonly ShownSetting[] {
  return showSettings(terminalSettings, env);
}

/** Codes separated by commas; `null` when none is given. */
function listOf<T extends ScreenCode | CinemaCode>(en: string, zh: string, parse: (code: string) => T) {
  return parsed(`${en}, separated by commas`, `${zh}，用逗号分隔`, (value) =>
    value.split(',').map((code) => parse(code.trim())),
  )
    .nullable()
    .default(null);
}

/** Whole seconds, separated by commas. */
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
