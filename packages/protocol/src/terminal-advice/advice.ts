import type { DeviceState, TerminalState } from '../messages/terminal-state.ts';
import { ADVICE, type Advice, type AdviceCode, type Severity } from './words.ts';

/** A terminal's state as its reader knows it. */
export type HeardState = {
  /** null where the terminal sends none: a foreign or an older one, or one that was never connected. */
  readonly state: TerminalState | null;
  /** Seconds since the state was true; 0 at the terminal itself, null where nothing was ever heard. */
  readonly heardSecondsAgo: number | null;
  readonly isHeardToday: boolean;
  /** Whether another store was used under the same account within the last day. */
  readonly hasOtherStore: boolean;
  /** Whether a platform above is set at all; only the terminal itself knows. */
  readonly hasUpstream: boolean;
};

/** Ten times as long as a terminal is silent by itself: it is off, or cut off. */
export const UNHEARD_SECONDS = 600;
/** 5.2.7: ten minutes from the check. */
export const LATE_SECONDS = 600;
/** Keys are fetched every half hour at least (5.1.5); two fetches have failed by then. */
const OLD_KEYS_SECONDS = 2 * 3600;
/** A clock that is further off is corrected for each scan (reading C7), and should be set all the same. */
const CLOCK_OFF_MS = 30_000;

/** What each advice is about, where it is to be given. */
type About = { readonly [code in AdviceCode]?: string | number | false };

/** What is wrong with a terminal, the worst first. An empty list says that all is well. */
export function adviceOn(heard: HeardState): readonly Advice[] {
  const about = { 'several-stores': heard.hasOtherStore && '', ...aboutState(heard) };
  return CODES.flatMap((code) => {
    const { [code]: what = false }: About = about;
    return what === false ? [] : [{ code, severity: ADVICE[code].severity, about: String(what) }];
  });
}

function aboutState({ state, heardSecondsAgo, isHeardToday, hasUpstream }: HeardState): About {
  if (state === null || heardSecondsAgo === null) return { 'no-state': '' };
  const { waiting, ending, keysAgeSeconds, clockTrusted, oldestUnsentSeconds } = state;
  // What lasts until somebody acts at the terminal, also while that is off.
  const lasting: About = {
    'passed-unadmitted': state.unadmitted.map(({ gate, count }) => `${gate}: ${count}`).join('; ') || false,
    'store-set-aside': state.storesSetAside || false,
  };
  if (ending || heardSecondsAgo > UNHEARD_SECONDS) {
    const silent: About = ending ? { stopped: '' } : { unheard: Math.round(heardSecondsAgo / 60) };
    // The rest may have changed since, but for what waits at it.
    return { ...lasting, ...(isHeardToday ? silent : { 'off-today': '' }), 'records-late': waiting || false };
  }
  const isOut = ({ outOfOrderSeconds }: DeviceState) => outOfOrderSeconds !== null;
  const offMs = Math.abs(state.clockOffsetMs ?? 0);
  return {
    ...lasting,
    'gate-error': namesOf(state.gates.filter((gate) => !isOut(gate))) || false,
    'gate-out-of-order': namesOf(state.gates.filter(isOut)) || false,
    'scanner-error': namesOf(state.scanners) || false,
    'no-upstream': !hasUpstream && '',
    'line-down': hasUpstream && state.line === 'down' && '',
    'no-keys': keysAgeSeconds === null && '',
    'keys-old': (keysAgeSeconds ?? 0) > OLD_KEYS_SECONDS && Math.round((keysAgeSeconds ?? 0) / 3600),
    'clock-wrong': !clockTrusted && '',
    'clock-off': clockTrusted && offMs > CLOCK_OFF_MS && Math.round(offMs / 1000),
    'records-late': (oldestUnsentSeconds ?? 0) > LATE_SECONDS && (waiting || false),
    'records-refused': state.parked || false,
  };
}

const RANK: Readonly<Record<Severity | 'well', number>> = { error: 0, warning: 1, note: 2, well: 3 };

/** The severity of the worst, and a number by which terminals are put in order: the worst first. */
export function worstOf(advice: readonly Pick<Advice, 'severity'>[]): { severity: Severity | 'well'; rank: number } {
  const severity = advice.reduce<Severity | 'well'>(
    (worst, one) => (RANK[one.severity] < RANK[worst] ? one.severity : worst),
    'well',
  );
  return { severity, rank: RANK[severity] };
}

/** The most urgent first. */
const CODES = Object.keys(ADVICE) as AdviceCode[];

/** The devices that something is wrong with, with what it is: a gate is out of order whether or not it still fails. */
const namesOf = (devices: readonly DeviceState[]): string =>
  devices
    .filter(({ error, outOfOrderSeconds }) => error !== null || outOfOrderSeconds !== null)
    .map(({ name, error }) => (error === null ? name : `${name}: ${error}`))
    .join('; ');
