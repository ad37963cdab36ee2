import { setTimeout as delay } from 'node:timers/promises';
import { openLoad, type Target } from '../load.ts';
import { LONGEST_SCENARIO_MS } from './loops.ts';
import type { Prepared } from './requests.ts';
import { askResting } from './resting.ts';
import { createTally, type Figures } from './tally.ts';

const BEFORE_REPORTS_MS = 500;

/**
 * Reports that all come at once, each on a connection of its own, while guests go on claiming at a slow pace; they do so
 * for `lingerMs` after the last report was answered, while the records go on to the national platform.
 */
export async function herd(
  target: Target,
  options: { reports: readonly Prepared[]; claims: readonly Prepared[]; claimers: number; lingerMs: number },
): Promise<{ reports: Figures; claims: Figures }> {
  const { reports, claims, claimers, lingerMs } = options;
  const gates = await openLoad({ ...target, connections: claimers });
  const reporters = await openLoad({ ...target, connections: reports.length });
  const close = () => {
    gates.close();
    reporters.close();
  };
  const limit = setTimeout(close, LONGEST_SCENARIO_MS);
  let isOver = false;

  const claimed = createTally();
  const claiming = askResting(gates, { requests: claims, tally: claimed, isOver: () => isOver });
  await delay(BEFORE_REPORTS_MS);
  const reported = createTally();
  await reporters.each(reports, (connection, request) => reported.ask(connection, request));
  await delay(lingerMs);
  isOver = true;
  await claiming;
  clearTimeout(limit);
  close();
  return { reports: reported.figures(), claims: claimed.figures() };
}
