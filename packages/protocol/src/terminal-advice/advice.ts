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

/** What is wrong with a terminal, the worst first. An empty list says that all is well. */
export function adviceOn(heard: HeardState): readonly Advice[] {
  const { state, heardSecondsAgo, isHeardToday, hasOtherStore } = heard;
  const found: Advice[] = [];
  const say = (code: AdviceCode, about: string | number = '') =>
    found.push({ code, severity: ADVICE[code].severity, about: String(about) });

  if (hasOtherStore) say('several-stores');
  if (state === null || heardSecondsAgo === null) {
    say('no-state');
    return found;
  }
  // An alarm lasts until somebody acknowledges it at the terminal, also while that is off.
  if (state.unadmitted.length > 0) {
    say('passed-unadmitted', state.unadmitted.map(({ gate, count }) => `${gate}: ${count}`).join('; '));
  }
  if (state.ending || heardSecondsAgo > UNHEARD_SECONDS) {
    // The rest may have changed since, but for what waits at it.
    if (!isHeardToday) say('off-today');
    else if (state.ending) say('stopped');
    else say('unheard', Math.round(heardSecondsAgo / 60));
    if (state.waiting > 0) say('records-late', state.waiting);
    if (state.storesSetAside > 0) say('store-set-aside', state.storesSetAside);
    return inOrder(found);
  }
  const isOut = ({ outOfOrderSeconds }: DeviceState) => outOfOrderSeconds !== null;
  const gates = namesOf(state.gates.filter((gate) => !isOut(gate)));
  const outOfOrder = namesOf(state.gates.filter(isOut));
  const scanners = namesOf(state.scanners);
  if (gates !== '') say('gate-error', gates);
  if (outOfOrder !== '') say('gate-out-of-order', outOfOrder);
  if (scanners !== '') say('scanner-error', scanners);
  if (!heard.hasUpstream) say('no-upstream');
  else if (state.line === 'down') say('line-down');
  if (state.keysAgeSeconds === null) say('no-keys');
  else if (state.keysAgeSeconds > OLD_KEYS_SECONDS) say('keys-old', Math.round(state.keysAgeSeconds / 3600));
  if (!state.clockTrusted) say('clock-wrong');
  else if (Math.abs(state.clockOffsetMs ?? 0) > CLOCK_OFF_MS)
    say('clock-off', Math.round(Math.abs(state.clockOffsetMs ?? 0) / 1000));
  if (state.oldestUnsentSeconds !== null && state.oldestUnsentSeconds > LATE_SECONDS && state.waiting > 0) {
    say('records-late', state.waiting);
  }
  if (state.parked > 0) say('records-refused', state.parked);
  if (state.storesSetAside > 0) say('store-set-aside', state.storesSetAside);
  return inOrder(found);
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

const ORDER = Object.keys(ADVICE);

const inOrder = (found: readonly Advice[]): readonly Advice[] =>
  found.toSorted((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));

/** The devices that something is wrong with, with what it is: a gate is out of order whether or not it still fails. */
const namesOf = (devices: readonly DeviceState[]): string =>
  devices
    .filter(({ error, outOfOrderSeconds }) => error !== null || outOfOrderSeconds !== null)
    .map(({ name, error }) => (error === null ? name : `${name}: ${error}`))
    .join('; ');
