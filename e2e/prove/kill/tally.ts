import type { Counted } from '../oracle/promise.ts';

/** How much was seen of guests and stores in one run. */
export type Tally = Omit<Counted, 'entered'> & Overrides;

/** What supervisors decided. */
export interface Overrides {
  overrides: number;
  /** Of the questions, those that a kill cut off. */
  overridesCutOff: number;
  /** Of the decisions, those that turned out to be done when they were asked for again. */
  overridesDoneUnheard: number;
}

export const NOTHING: Tally = {
  tickets: 0,
  admissions: 0,
  unanswered: 0,
  doubles: 0,
  confirmed: 0,
  unconfirmed: 0,
  raised: 0,
  decidedLater: 0,
  openedLater: 0,
  openedAgain: 0,
  repeats: 0,
  overrides: 0,
  overridesCutOff: 0,
  overridesDoneUnheard: 0,
};

export function sum(a: Tally, b: Tally): Tally {
  const total = { ...a };
  for (const name of Object.keys(NOTHING) as (keyof Tally)[]) total[name] += b[name];
  return total;
}

export const inWords = (tally: Tally): string[] => [
  `${tally.tickets} tickets, ${tally.confirmed} confirmed and ${tally.unconfirmed} other admissions, ${tally.unanswered} scans without an answer`,
  `at least ${tally.decidedLater} scans were cut off before their decision and ${tally.openedLater} between it and the mark that the gate opened, and continued; ${tally.openedAgain} times that opened a gate again for the same admission`,
  `${tally.doubles} tickets entered at both terminals while these could not reach the platform: all flagged there, ${tally.raised} raised at a terminal`,
  `${tally.overrides} refusals were overridden: the question was cut off ${tally.overridesCutOff} times, and ${tally.overridesDoneUnheard} times it was done all the same`,
];
