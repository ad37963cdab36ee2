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

export type Conditions = {
  readonly agent: 'here' | 'lost';
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

/** Where each signal leads; docs/kiosk.md says what it means. A verdict stays for its time, and a new scan replaces whatever is shown. */
const SHOWN = {
  reading: 'reading',
  'nothing read': 'stay',
  checking: 'checking',
  admitted: 'admitted',
  'gate opened': 'gate-open',
  refused: 'refused',
  'needs staff': 'call-staff',
  'gate failed': 'stay',
  conditions: 'stay',
  'time over': 'rest',
} satisfies Record<string, Target>;

/** The events that change the page's state. */
export type Signal = keyof typeof SHOWN;
type Row = Readonly<Record<Signal, Target>>;

const AT_REST: Row = { ...SHOWN, 'gate failed': 'rest', conditions: 'rest', 'time over': 'stay' };
/** An admitted guest waits at a gate that stays shut. */
const LET_IN: Row = { ...SHOWN, 'gate failed': 'call-staff' };

export const TRANSITIONS: Readonly<Record<State, Row>> = {
  waiting: AT_REST,
  offline: AT_REST,
  'not-set-up': AT_REST,
  'out-of-order': AT_REST,
  lost: AT_REST,
  reading: { ...SHOWN, 'nothing read': 'rest' },
  checking: { ...SHOWN, reading: 'stay', 'time over': 'call-staff' },
  admitted: LET_IN,
  'gate-open': LET_IN,
  refused: SHOWN,
  'call-staff': SHOWN,
};

/** How long a state lasts without another signal, in milliseconds; those that are missing last for ever. */
export const LASTS: Readonly<Partial<Record<State, number>>> = {
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
