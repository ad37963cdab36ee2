import { setTimeout as delay } from 'node:timers/promises';
import { machine, printTable, readOptions, say, spreadCells, wholeNumbers, workDirectory } from '../command-line.ts';
import { startPlatforms } from '../platforms.ts';
import { type Memory, watchMemory } from '../usage.ts';
import { ACCOUNTS, requestMaker } from './requests.ts';
import { closedLoop, type Scenario, scenariosOf } from './scenarios.ts';
import type { Figures } from './tally.ts';

// The third-party platform as it ships, above a national platform as it ships, on a Saturday evening.

const TERMINAL = 'terminal';
/** With fewer requests nothing is measured but that all of it works. */
const FEWEST_MEASURED = 1000;
const options = readOptions({
  connections: '',
  requests: 10_000,
  only: '',
  /** A PostgreSQL server on which both platforms keep their data; an encrypted SQLite file each where it is missing. */
  server: '',
  port: 19200,
});
const { requests, port } = options;
const [server, only] = [options.server || undefined, options.only.split(',')];
const restMs = requests < FEWEST_MEASURED ? 500 : 10_000;
const warmUp = Math.min(requests, FEWEST_MEASURED);
const connections = options.connections === '' ? undefined : wholeNumbers('connections', options.connections);
const all = scenariosOf({ requests, lingerMs: restMs / 2, connections });
const scenarios = all.filter(({ name }) => only.some((part) => name.includes(part)));
if (scenarios.length === 0) {
  const names = all.map(({ name }) => name).join(', ');
  process.stderr.write(`No scenario is called ${only.join(' or ')}. There are: ${names}.\n`);
  process.exit(2);
}

const tickets = scenarios.reduce((sum, scenario) => sum + scenario.tickets, warmUp);
const accounts = [...ACCOUNTS, TERMINAL] as const;
const platforms = await startPlatforms({ directory: workDirectory(), port, tickets, accounts, server });
const { thirdParty, national } = platforms;
const maker = requestMaker(platforms);

try {
  await closedLoop(thirdParty.target(), 20, maker.evening(warmUp));
  const engine = server === undefined ? 'SQLite' : 'PostgreSQL';
  say(`${machine()}; both platforms on ${engine}, generator on the same machine`);
  say(`Milliseconds; MB before, at the peak of and ${restMs / 1000} s after each scenario\n`);
  const table = printTable({
    ...{ '': 30, 'answers/s': 9, p50: 8, p99: 8, max: 8, 'claims p99': 10, 'no state': 8 },
    ...{ 'third-party MB': 15, 'national MB': 15, 'answers by code': 15 },
  });
  for (const scenario of scenarios) {
    try {
      for (const row of await measure(scenario)) table.row(row);
    } catch (error) {
      table.row([`${scenario.name} failed: ${error instanceof Error ? error.message : error}`]);
      process.exitCode = 1;
    }
  }
} finally {
  await platforms.stop();
}

async function measure({ prepare }: Scenario): Promise<string[][]> {
  const run = await prepare(maker, (codes) => platforms.terminal(TERMINAL, codes));
  await platforms.ready();
  const memory = watchMemory([thirdParty.pid, national.pid]);
  const rows = await run(thirdParty.target()).finally(() => delay(restMs));
  const used = memory();
  // Of the scenario as a whole.
  return rows.map(([name, figures], index) => cellsOf(name, figures, index === 0 ? used.map(memoryCell) : ['', '']));
}

function cellsOf(name: string, figures: Figures, used: readonly string[]): string[] {
  const { answersASecond, withoutState, byCode, claims } = figures;
  return [
    name,
    Math.round(answersASecond).toLocaleString('en'),
    ...spreadCells(figures),
    ...spreadCells(claims).slice(1, 2),
    Number.isNaN(withoutState) ? '–' : `${(withoutState * 100).toFixed(1)} %`,
    ...used,
    [...byCode].map(([code, count]) => `${code} ${count.toLocaleString('en')}`).join(', '),
  ];
}

const memoryCell = ({ before, peak, after }: Memory): string =>
  [before, peak, after].map((mb) => (Number.isNaN(mb) ? '–' : Math.round(mb))).join(' ');
