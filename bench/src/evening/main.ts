import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { claimTicketReplyJson, wallClockAt } from '@ticket-check/protocol';
import { startConstant } from '../constant.ts';
import { type Memory, watchMemory } from '../memory.ts';
import { metricOf } from '../metrics.ts';
import { putPlainAbove } from '../plain-above.ts';
import { startPlatforms } from '../platforms.ts';
import { machine, say } from '../print.ts';
import { spreadCells, spreadOf } from '../spread.ts';
import { printTable } from '../table.ts';
import { startTerminal, type Terminal } from '../terminal.ts';
import { ticketOf } from '../tickets.ts';
import { workDirectory } from '../work-directory.ts';
import { closedLoop } from './loops.ts';
import { readOptions } from './options.ts';
import { ACCOUNTS, requestMaker } from './requests.ts';
import { type Scenario, scenariosOf } from './scenarios.ts';
import type { Figures } from './tally.ts';

// The third-party platform as it ships, above a national platform as it ships, on a Saturday evening.

const TERMINAL = 'terminal';
const { sizes, port, only, plain, server, restMs, warmUp } = readOptions();
const all = scenariosOf(sizes);
const scenarios = all.filter(({ name }) => only.some((part) => name.includes(part)));
if (scenarios.length === 0) {
  process.stderr.write(
    `No scenario is called ${only.join(' or ')}. There are: ${all.map(({ name }) => name).join(', ')}.\n`,
  );
  process.exit(2);
}

const directory = workDirectory();
const tickets = scenarios.reduce((sum, scenario) => sum + scenario.tickets, warmUp + 1);
const consolePort = port + 4;
const platforms = await startPlatforms({
  directory,
  port,
  tickets,
  accounts: [...ACCOUNTS, TERMINAL],
  settings: { CONSOLE_PORT: String(consolePort) },
  server,
});
const { thirdParty } = platforms;
let terminal: Terminal | undefined;
const maker = requestMaker(platforms);
const sample = maker.oneClaim();
const constant = await startConstant(thirdParty, 'claim', port + 2, claimReply());
const plainAbove = plain ? await putPlainAbove(platforms) : undefined;
const national = plainAbove ?? platforms.national;

try {
  await closedLoop(thirdParty.target(), 20, maker.evening(warmUp));
  const engine = server === undefined ? 'SQLite' : 'PostgreSQL';
  say(
    plain
      ? `${machine()}; third-party platform on ${engine}, a plain national platform above, generator on the same machine`
      : `${machine()}; third-party and national platform on ${engine}, generator on the same machine`,
  );
  say(
    `Milliseconds; MB before, at the peak of and ${restMs / 1000} s after each scenario; "constant": a bare server beside it\n`,
  );
  const table = printTable([
    { title: '', width: 30, align: 'left' },
    { title: 'answers/s', width: 9 },
    { title: 'p50', width: 8 },
    { title: 'p99', width: 8 },
    { title: 'max', width: 8 },
    { title: 'claims p99', width: 10 },
    { title: 'refused p50 p99', width: 15 },
    { title: 'no state', width: 8 },
    { title: 'line down', width: 9 },
    { title: 'third-party MB', width: 15 },
    { title: 'national MB', width: 15 },
    { title: 'answers by code', width: 15, align: 'left' },
  ]);
  for (const scenario of scenarios) {
    try {
      for (const row of await measure(scenario)) table.row(row);
    } catch (error) {
      table.row([
        scenario.name,
        'failed',
        '',
        '',
        '',
        '',
        '',
        '',
        '',
        '',
        '',
        error instanceof Error ? error.message : `${error}`,
      ]);
      process.exitCode = 1;
    }
  }
} finally {
  await terminal?.stop();
  await constant.stop();
  plainAbove?.stop();
  await platforms.stop();
}

/** The rows of a scenario: what the platform did, and beneath each what the constant server did. */
async function measure(scenario: Scenario): Promise<string[][]> {
  const prepared = await scenario.prepare({ maker, sample, startTerminal: startOne });
  const beside = await prepared.constant(constant.target());
  await platforms.ready();
  const downBefore = await timesDown();
  const memory = watchMemory([thirdParty.pid, national.pid]);
  const rows = await prepared.platform(thirdParty.target()).finally(() => delay(restMs));
  const used = memory.stop();
  const down = (await timesDown()) - downBefore;
  return rows.flatMap(([name, figures], index) => {
    const [, ofConstant] = beside[index] ?? [];
    const row = cellsOf(name, figures, index === 0 ? { used, down } : null);
    // what it answers to a claim is always the same
    return ofConstant === undefined
      ? [row]
      : [row, cellsOf('  constant', { ...ofConstant, withoutState: Number.NaN, claims: spreadOf([]) }, null)];
  });
}

/** How often the third-party platform's line to the national one went down so far. */
function timesDown(): Promise<number> {
  return metricOf({ ...thirdParty.target(), port: consolePort }, 'upstream_line_down_total');
}

async function startOne(warmUp: readonly string[]): Promise<Terminal> {
  terminal = await startTerminal({
    directory: join(directory, 'terminal-agent'),
    port: port + 3,
    account: platforms.bundles.get(TERMINAL),
    warmUp,
  });
  return terminal;
}

/** @param ofPlatforms what is of a scenario as a whole; null in its other rows */
function cellsOf(
  name: string,
  figures: Figures,
  ofPlatforms: { readonly used: readonly Memory[]; readonly down: number } | null,
): string[] {
  const [ofThirdParty, ofNational] = ofPlatforms?.used ?? [];
  const { answersASecond, withoutState, byCode, claims, refused } = figures;
  return [
    name,
    Math.round(answersASecond).toLocaleString('en'),
    ...spreadCells(figures),
    spreadCells(claims)[1] ?? '',
    spreadCells(refused).slice(0, 2).join(' '),
    Number.isNaN(withoutState) ? '–' : `${(withoutState * 100).toFixed(1)} %`,
    ofPlatforms === null ? '' : String(ofPlatforms.down),
    memoryCell(ofThirdParty),
    memoryCell(ofNational),
    [...byCode].map(([code, count]) => `${code} ${count.toLocaleString('en')}`).join(', '),
  ];
}

function memoryCell(memory: Memory | undefined): string {
  if (memory === undefined) return '';
  return [memory.before, memory.peak, memory.after].map((mb) => (Number.isNaN(mb) ? '–' : Math.round(mb))).join(' ');
}

/** What a claim of a ticket is answered that nobody has claimed before. */
function claimReply() {
  return claimTicketReplyJson({
    claimed: true,
    stateKnown: true,
    ticket: { ...ticketOf(0, wallClockAt(Date.now())), checkStatus: 'No', refundStatus: 'No', refundTime: null },
    entry: null,
    released: false,
    entryPossible: false,
    sharedCinema: false,
  });
}
