import { openConnection, openLoad, type Target } from '../load.ts';
import type { Prepared } from './requests.ts';
import { createTally, type Figures } from './tally.ts';

/** Whatever is not answered by then counts as not answered. */
export const LONGEST_SCENARIO_MS = 60_000;

/** Connections opened before the clock starts; each sends its next request when the last was answered. */
export async function closedLoop(target: Target, connections: number, requests: readonly Prepared[]): Promise<Figures> {
  const load = await openLoad({ ...target, connections });
  const limit = setTimeout(load.close, LONGEST_SCENARIO_MS);
  const tally = createTally();
  let sent = 0;
  await load.each(requests, (connection, request) => {
    sent++;
    return tally.ask(connection, request);
  });
  clearTimeout(limit);
  load.close();
  tally.count('not sent', requests.length - sent);
  return tally.figures();
}

/** A connection for each request, all opened at the same moment; times count from there. */
export async function atOnce(target: Target, requests: readonly Prepared[]): Promise<Figures> {
  const tally = createTally();
  const since = performance.now();
  const begun = requests.map((request) => ({ request, connection: openConnection(target) }));
  const close = () => {
    for (const { connection } of begun) connection.close();
  };
  const limit = setTimeout(close, LONGEST_SCENARIO_MS);
  await Promise.all(
    begun.map(async ({ request, connection }) => {
      const isOpen = await connection.opened.then(
        () => true,
        () => false,
      );
      if (isOpen) await tally.ask(connection, request, since);
      else tally.count('not connected');
    }),
  );
  clearTimeout(limit);
  close();
  return tally.figures();
}
