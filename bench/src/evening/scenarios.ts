import type { Target } from '../load.ts';
import type { Terminal } from '../terminal.ts';
import { type Guests, herd, maxResting } from './herd.ts';
import { atOnce, closedLoop, LONGEST_SCENARIO_MS } from './loops.ts';
import type { Prepared, RequestMaker } from './requests.ts';
import type { Figures } from './tally.ts';

/** Until a terminal confirms admissions; they are not measured. */
const WARM_UP_SCANS = 50;

/** How much is done. */
export interface Sizes {
  /** Connections of the evening, and of questions, reports and claims by themselves. */
  evening: readonly number[];
  alone: readonly number[];
  /** Connections that are opened at once and ask for keys. */
  keysAtOnce: readonly number[];
  /** Of each closed loop. */
  requests: number;
  reporters: number;
  recordsOfAReporter: number;
  claimers: number;
  /** Guests who scan at a terminal at a time. */
  scanners: number;
  /** How long guests go on claiming after the herd was answered. */
  lingerMs: number;
}

/** A server to be measured, and the name of each of its rows. */
type Run = (target: Target) => Promise<readonly (readonly [row: string, figures: Figures])[]>;

export interface Scenario {
  name: string;
  /** How many tickets it takes. */
  tickets: number;
  /** Signs its requests. */
  prepare(given: {
    maker: RequestMaker;
    /** The claim that the constant server is sent in their place. */
    sample: Prepared;
    /** Starts a terminal, which is warmed up with codes of tickets. */
    startTerminal: (warmUp: readonly string[]) => Promise<Terminal>;
  }): Promise<{ constant: Run; platform: Run }>;
}

/** All scenarios in the order in which they are measured, the one that leaves most work behind last. */
export function scenariosOf(sizes: Sizes): Scenario[] {
  const { requests } = sizes;
  return [
    ...sizes.evening.flatMap((connections) => [
      steady(`evening-${connections}`, connections, requests, (maker, count) => maker.evening(count)),
      rush(`evening-${connections}-at-once`, connections, (maker) => maker.evening(connections)),
    ]),
    ...sizes.keysAtOnce.map((connections) =>
      rush(`keys-${connections}-at-once`, connections, (maker) => maker.keys(connections)),
    ),
    ...sizes.alone.map((connections) =>
      steady(`questions-${connections}`, connections, requests, (maker, count) => maker.questions(count)),
    ),
    ...sizes.alone.map((connections) =>
      steady(`reports-${connections}`, connections, requests, (maker, count) => maker.reports(count, 1)),
    ),
    ...sizes.alone.map((connections) =>
      steady(`claims-${connections}`, connections, requests, (maker, count) => maker.claims(count)),
    ),
    reportersAtOnce(sizes),
  ];
}

function steady(
  name: string,
  connections: number,
  requests: number,
  make: (maker: RequestMaker, count: number) => Prepared[],
): Scenario {
  const run =
    (prepared: readonly Prepared[]): Run =>
    async (target) => [[name, await closedLoop(target, connections, prepared)]];
  return {
    name,
    tickets: requests,
    prepare: async ({ maker, sample }) => ({
      constant: run(Array<Prepared>(requests).fill(sample)),
      platform: run(make(maker, requests)),
    }),
  };
}

function rush(name: string, connections: number, make: (maker: RequestMaker) => Prepared[]): Scenario {
  const run =
    (prepared: readonly Prepared[]): Run =>
    async (target) => [[name, await atOnce(target, prepared)]];
  return {
    name,
    tickets: connections,
    prepare: async ({ maker, sample }) => ({
      constant: run(Array<Prepared>(connections).fill(sample)),
      platform: run(make(maker)),
    }),
  };
}

function reportersAtOnce({ requests, reporters, recordsOfAReporter, claimers, scanners, lingerMs }: Sizes): Scenario {
  const mostOf = (gates: number) => Math.min(requests, maxResting(gates, LONGEST_SCENARIO_MS));
  const [claimCount, scanCount] = [mostOf(claimers), mostOf(scanners)];
  const run =
    (reports: readonly Prepared[], claims: readonly Prepared[], scans: readonly Guests[]): Run =>
    async (target) => {
      const guests = [{ target, gates: claimers, requests: claims }, ...scans];
      const figures = await herd(target, { reports, guests, lingerMs });
      const names = ['herd: claims meanwhile', 'herd: scans meanwhile'];
      return [
        [`herd: ${reporters} reports of ${recordsOfAReporter}`, figures.reports],
        ...figures.guests.map((some, index) => [names[index] ?? '', some] as const),
      ];
    };
  return {
    name: 'herd',
    tickets: reporters * recordsOfAReporter + claimCount + scanCount + WARM_UP_SCANS,
    async prepare({ maker, sample, startTerminal }) {
      const terminal = await startTerminal(maker.codes(WARM_UP_SCANS));
      const reports = maker.reports(reporters, recordsOfAReporter);
      const scans = maker.codes(scanCount).map((code): Prepared => ({ kind: 'scan', bytes: terminal.request(code) }));
      return {
        constant: run(reports, Array<Prepared>(claimCount).fill(sample), []),
        platform: run(reports, maker.claims(claimCount), [
          { target: terminal.target(), gates: scanners, requests: scans },
        ]),
      };
    },
  };
}
