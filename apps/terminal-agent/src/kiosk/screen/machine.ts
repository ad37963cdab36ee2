/** The states of the kiosk page; docs/kiosk.md has this machine as a table. */
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

/** The events that change its state; docs/kiosk.md says what each means. */
export const SIGNALS = [
  'reading',
  'nothing read',
  'checking',
  'admitted',
  'gate opened',
  'refused',
  'needs staff',
  'gate failed',
  'conditions',
  'time over',
] as const;
export type Signal = (typeof SIGNALS)[number];

/** Conditions independent of scans. */
export type Conditions = {
  readonly agent: 'here' | 'lost';
  /** `none`: no platform is set. */
  readonly line: 'up' | 'down' | 'none';
  readonly gate: 'works' | 'out of order';
};

/** The state while nobody scans: the first that applies. */
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

/** A verdict stays for its time, whatever happens to the line. */
const SHOWN = {
  ...SCANS,
  'nothing read': 'stay',
  'gate failed': 'stay',
  conditions: 'stay',
  'time over': 'rest',
} as const satisfies Record<Signal, Target>;

/** An admitted guest waits at a gate that stays shut. */
const LET_IN = { ...SHOWN, 'gate failed': 'call-staff' } as const satisfies Record<Signal, Target>;

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

/** How long a state lasts without another signal, in milliseconds; `null`: for ever. */
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

export function next(state: State, signal: Signal, conditions: Conditions): State {
  const target = TRANSITIONS[state][signal];
  if (target === 'stay') return state;
  return target === 'rest' ? restOf(conditions) : target;
}
