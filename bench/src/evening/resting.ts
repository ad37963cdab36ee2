import { setTimeout as delay } from 'node:timers/promises';
import type { openLoad } from '../load.ts';
import type { Prepared } from './requests.ts';
import type { Tally } from './tally.ts';

/** A connection rests so long between an answer and its next request, on average. */
const MEAN_REST_MS = 250;

/** How many requests so many connections that rest can send in a time. */
export const maxResting = (connections: number, ms: number): number => Math.ceil((connections * ms) / MEAN_REST_MS);

/** Sends requests as gates do at which one guest comes after the other: with rests, until it is over or none is left. */
export function askResting(
  load: Awaited<ReturnType<typeof openLoad>>,
  { requests, tally, isOver }: { requests: readonly Prepared[]; tally: Tally; isOver: () => boolean },
): Promise<void> {
  return load.each(requests, async (connection, request) => {
    await delay(Math.random() * 2 * MEAN_REST_MS);
    return !isOver() && (await tally.ask(connection, request));
  });
}
