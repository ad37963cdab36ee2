import { setTimeout as delay } from 'node:timers/promises';
import { openLoad, type Target } from '../load.ts';
import type { Terminal } from '../terminal.ts';
import type { Prepared, RequestMaker } from './requests.ts';
import { createTally, type Figures } from './tally.ts';

/** Whatever is not answered by then counts as not answered. */
const LONGEST_SCENARIO_MS = 60_000;
const EVENING_CONNECTIONS = [100, 1000, 5000];
const ALONE_CONNECTIONS = [100, 1000];
const REPORTERS = 40;
const MAX_RECORDS_OF_A_REPORT = 1000;
const CLAIMERS = 20;
const SCANNERS = 4;
/** The mean pause of a gate of the herd between an answer and its next request. */
const MEAN_REST_MS = 250;
const BEFORE_REPORTS_MS = 500;
/** Until a terminal confirms admissions; they are not measured. */
const WARM_UP_SCANS = 50;

/** How many requests each closed loop sends, over connections in place of the usual ones; how long guests go on claiming after the herd was answered. */
type Sizes = { requests: number; connections: readonly number[] | undefined; lingerMs: number };

/** Sends the requests to a server; returns the rows of the table. */
type Run = (target: Target) => Promise<readonly (readonly [row: string, figures: Figures])[]>;

export interface Scenario {
  name: string;
  tickets: number;
  /** Signs its requests. A terminal that it starts is warmed up with codes of tickets. */
  prepare(maker: RequestMaker, startTerminal: (warmUp: readonly string[]) => Promise<Terminal>): Promise<Run>;
}

/** All scenarios in the order in which they are measured, the one that leaves most work behind last. */
export function scenariosOf(sizes: Sizes): Scenario[] {
  const { requests, connections } = sizes;
  const steady = (kind: 'evening' | 'questions' | 'reports' | 'claims', counts: readonly number[]) =>
    (connections ?? counts).map((count): Scenario => {
      const name = `${kind}-${count}`;
      return {
        ...{ name, tickets: requests },
        async prepare(maker) {
          const prepared = maker[kind](requests);
          return async (target) => [[name, await closedLoop(target, count, prepared)]];
        },
      };
    });
  return [
    ...steady('evening', EVENING_CONNECTIONS),
    ...(['questions', 'reports', 'claims'] as const).flatMap((kind) => steady(kind, ALONE_CONNECTIONS)),
    herd(sizes),
  ];
}

/** Connections opened before the clock starts; each sends its next request when the last was answered. */
export async function closedLoop(target: Target, connections: number, requests: readonly Prepared[]): Promise<Figures> {
  const load = await openLoad(target, connections);
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

/** Reports that all come at once, each on a connection of its own, while guests claim and scan at a slow pace until `lingerMs` after the last answer. */
function herd({ requests, connections, lingerMs }: Sizes): Scenario {
  const reporters = Math.min(REPORTERS, ...(connections ?? []));
  const records = Math.min(MAX_RECORDS_OF_A_REPORT, requests);
  const mostOf = (gates: number) => Math.min(requests, Math.ceil((gates * LONGEST_SCENARIO_MS) / MEAN_REST_MS));
  const [claimCount, scanCount] = [mostOf(CLAIMERS), mostOf(SCANNERS)];
  return {
    name: 'herd',
    tickets: reporters * records + claimCount + scanCount + WARM_UP_SCANS,
    async prepare(maker, startTerminal) {
      const terminal = await startTerminal(maker.codes(WARM_UP_SCANS));
      const reports = maker.reports(reporters, records);
      const scans = maker.codes(scanCount).map((code): Prepared => ({ kind: 'scan', bytes: terminal.request(code) }));
      const claims = maker.claims(claimCount);
      return async (target) => {
        const reporting = await openLoad(target, reporters);
        const [claiming, scanning] = [await openLoad(target, CLAIMERS), await openLoad(terminal.target(), SCANNERS)];
        const close = () => {
          for (const load of [reporting, claiming, scanning]) load.close();
        };
        const limit = setTimeout(close, LONGEST_SCENARIO_MS);
        let isOver = false;
        /** Guests who arrive one after the other at each of several gates. */
        function come(load: typeof claiming, all: readonly Prepared[]) {
          const tally = createTally();
          const ended = load.each(all, async (connection, request) => {
            await delay(Math.random() * 2 * MEAN_REST_MS);
            return !isOver && (await tally.ask(connection, request));
          });
          return { tally, ended };
        }
        const [claimed, scanned] = [come(claiming, claims), come(scanning, scans)];
        await delay(BEFORE_REPORTS_MS);
        const reported = createTally();
        await reporting.each(reports, (connection, request) => reported.ask(connection, request));
        await delay(lingerMs);
        isOver = true;
        await Promise.all([claimed.ended, scanned.ended]);
        clearTimeout(limit);
        close();
        return [
          [`herd: ${reporters} reports of ${records}`, reported.figures()],
          ['herd: claims meanwhile', claimed.tally.figures()],
          ['herd: scans meanwhile', scanned.tally.figures()],
        ];
      };
    },
  };
}
