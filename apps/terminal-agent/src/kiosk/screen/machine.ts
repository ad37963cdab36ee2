/** What the kiosk page shows. docs/kiosk.md has this machine as a table. */
export const STATES = [
  'waiting',
  'offline',
  'not-set-up',
  'out-of-order',
  'lost',
  'reading',
  'checking',
  'admitted',
  'gate-open',
  'refused',
  'call-staff',
] as const;
export type State = (typeof STATES)[number];

/** What can happen to it. */
export const SIGNALS = [
  /** A scanner has begun to send or to type something. */
  'reading',
  /** What was typed was no scan. */
  'nothing read',
  /** A scan at this gate is under way. */
  'checking',
  /** It was admitted at a gate that staff hold. */
  'admitted',
  /** It was admitted, and the gate took the command to open. */
  'gate opened',
  'refused',
  /** It came to something that a guest can do nothing about. */
  'needs staff',
  /** The gate failed at this moment. */
  'gate failed',
  /** Something else is known of line, gate and agent. */
  'conditions',
  /** What is shown was shown for long enough. */
  'time over',
] as const;
export type Signal = (typeof SIGNALS)[number];

/** What holds whether or not somebody scans. */
export type Conditions = {
  readonly agent: 'here' | 'lost';
  /** `none`: no platform is set. */
  readonly line: 'up' | 'down' | 'none';
  readonly gate: 'works' | 'out of order';
};

/** Shown while nobody scans: `rest` is the first of these that applies. */
export function restOf({ agent, gate, line }: Conditions): State {
  if (agent === 'lost') return 'lost';
  if (line === 'none') return 'not-set-up';
  if (gate === 'out of order') return 'out-of-order';
  return line === 'down' ? 'offline' : 'waiting';
}

type Target = State | 'rest' | 'stay';

/** A new scan replaces whatever is shown. */
const SCANS = {
  reading: 'reading',
  checking: 'checking',
  admitted: 'admitted',
  'gate opened': 'gate-open',
  refused: 'refused',
  'needs staff': 'call-staff',
} as const satisfies Partial<Record<Signal, Target>>;

const AT_REST = {
  ...SCANS,
  'nothing read': 'stay',
  'gate failed': 'rest',
  conditions: 'rest',
  'time over': 'stay',
} as const satisfies Record<Signal, Target>;

/** A verdict stays for its time, whatever becomes of the line meanwhile. */
const SHOWN = {
  ...SCANS,
  'nothing read': 'stay',
  'gate failed': 'stay',
  conditions: 'stay',
  'time over': 'rest',
} as const satisfies Record<Signal, Target>;

/** Whoever was let in stands before a gate that stays shut. */
const LET_IN = { ...SHOWN, 'gate failed': 'call-staff' } as const satisfies Record<Signal, Target>;

/** Each state has an answer to each signal. */
export const TRANSITIONS: Readonly<Record<State, Readonly<Record<Signal, Target>>>> = {
  waiting: AT_REST,
  offline: AT_REST,
  'not-set-up': AT_REST,
  'out-of-order': AT_REST,
  lost: AT_REST,
  reading: { ...SCANS, 'nothing read': 'rest', 'gate failed': 'stay', conditions: 'stay', 'time over': 'rest' },
  checking: {
    ...SCANS,
    reading: 'stay',
    'nothing read': 'stay',
    'gate failed': 'stay',
    conditions: 'stay',
    'time over': 'call-staff',
  },
  admitted: LET_IN,
  'gate-open': LET_IN,
  refused: SHOWN,
  'call-staff': SHOWN,
};

/** How long a state lasts, in milliseconds, unless something else happens; `null`: until it does. */
export const LASTS: Readonly<Record<State, number | null>> = {
  waiting: null,
  offline: null,
  'not-set-up': null,
  'out-of-order': null,
  lost: null,
  reading: 3000,
  checking: 20_000,
  admitted: 5000,
  'gate-open': 5000,
  refused: 10_000,
  'call-staff': 20_000,
};

/** The state that a signal leads to. */
export function next(state: State, signal: Signal, conditions: Conditions): State {
  const target = TRANSITIONS[state][signal];
  if (target === 'stay') return state;
  return target === 'rest' ? restOf(conditions) : target;
}
