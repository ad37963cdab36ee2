import { setTimeout as delay } from 'node:timers/promises';
import { openLoad, type Target } from '../load.ts';
import { LONGEST_SCENARIO_MS } from './loops.ts';
import type { Prepared } from './requests.ts';
import { createTally, type Figures } from './tally.ts';

const BEFORE_REPORTS_MS = 500;
/** The mean pause of a gate between an answer and its next request. */
const MEAN_REST_MS = 250;

/** The most requests that a number of gates can send in a time. */
export const maxResting = (gates: number, ms: number): number => Math.ceil((gates * ms) / MEAN_REST_MS);

/** Guests who arrive one after the other at each of several gates. */
export type Guests = { readonly target: Target; readonly gates: number; readonly requests: readonly Prepared[] };

/**
 * Reports that all come at once, each on a connection of its own, while guests go on coming at a slow pace; they do so
 * for `lingerMs` after the last report was answered, while the records go on to the national platform.
 */
export async function herd(
  target: Target,
  options: { reports: readonly Prepared[]; guests: readonly Guests[]; lingerMs: number },
): Promise<{ reports: Figures; guests: Figures[] }> {
  const { reports, guests, lingerMs } = options;
  const gates = await Promise.all(
    guests.map(async (some) => ({
      load: await openLoad({ ...some.target, connections: some.gates }),
      requests: some.requests,
    })),
  );
  const reporters = await openLoad({ ...target, connections: reports.length });
  const close = () => {
    for (const { load } of gates) load.close();
    reporters.close();
  };
  const limit = setTimeout(close, LONGEST_SCENARIO_MS);
  let isOver = false;

  const coming = gates.map(({ load, requests }) => {
    const tally = createTally();
    const ended = load.each(requests, async (connection, request) => {
      await delay(Math.random() * 2 * MEAN_REST_MS);
      return !isOver && (await tally.ask(connection, request));
    });
    return { tally, ended };
  });
  await delay(BEFORE_REPORTS_MS);
  const reported = createTally();
  await reporters.each(reports, (connection, request) => reported.ask(connection, request));
  await delay(lingerMs);
  isOver = true;
  await Promise.all(coming.map(({ ended }) => ended));
  clearTimeout(limit);
  close();
  return { reports: reported.figures(), guests: coming.map(({ tally }) => tally.figures()) };
}
