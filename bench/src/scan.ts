import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Connection, openConnection, postRequest } from './load.ts';
import { startPlatforms } from './platforms.ts';
import { machine, say } from './print.ts';
import { openService } from './service.ts';
import { spreadCells, spreadOf } from './spread.ts';
import { printTable } from './table.ts';
import { codeOf } from './tickets.ts';
import { wholeNumber } from './whole-number.ts';
import { workDirectory } from './work-directory.ts';

// What a guest waits for at the gate: scans at a terminal agent as it ships, with its platforms and without.

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000' },
    port: { type: 'string', default: '19300' },
  },
});
const scans = wholeNumber('requests', values.requests);
const port = wholeNumber('port', values.port);
const WARM_UP = 50;
/** After a scan of the warming up that was not admitted. */
const REST_MS = 200;

const directory = workDirectory();
const tickets = WARM_UP + 2 * scans;
const platforms = await startPlatforms({ directory, port, tickets, accounts: ['terminal'] });
const terminal = openService('terminal-agent', { directory: join(directory, 'terminal-agent'), port: port + 2 });
let connection: Connection | undefined;

try {
  await terminal.command(['upstream', 'set', '-'], JSON.stringify(platforms.bundles.get('terminal')));
  await terminal.start();
  const token = readFileSync(join(terminal.directory, 'scan.token'), 'utf8').trim();
  const toTerminal = openConnection(terminal.target());
  connection = toTerminal;
  await toTerminal.opened;

  const requests = platforms.tickets.map((ticket) =>
    postRequest(JSON.stringify({ Text: codeOf(ticket, platforms.ukey.privateKey) }), {
      path: '/scan',
      headers: { Authorization: `Bearer ${token}` },
    }),
  );
  await warmUp(toTerminal, requests.slice(0, WARM_UP));
  say(`${machine()}; ${scans} scans each, one after the other on one connection; milliseconds\n`);
  const table = printTable([
    { title: '', width: 30, align: 'left' },
    { title: 'p50', width: 8 },
    { title: 'p99', width: 8 },
    { title: 'max', width: 8 },
  ]);
  const online = await scanAll(toTerminal, requests.slice(WARM_UP, WARM_UP + scans), { confirmed: true });
  table.row(['third-party platform answers', ...spreadCells(spreadOf(online))]);
  await platforms.thirdParty.stop();
  const offline = await scanAll(toTerminal, requests.slice(WARM_UP + scans), { confirmed: false });
  table.row(['third-party platform stopped', ...spreadCells(spreadOf(offline))]);
} finally {
  connection?.close();
  await terminal.stop();
  await platforms.stop();
}

/** Scans one ticket after the other, each of which has to be admitted; answers what the scans took. */
async function scanAll(
  terminal: Connection,
  scans: readonly Buffer[],
  { confirmed }: { confirmed: boolean },
): Promise<number[]> {
  const times: number[] = [];
  for (const scan of scans) {
    const { text, ms } = await terminal.ask(scan);
    if (!isAdmitted(text, confirmed)) throw new Error(`not the verdict that was expected: ${text.slice(-600)}`);
    times.push(ms);
  }
  return times;
}

/** Scans tickets that do not count. A terminal that was just started has no keys yet, and has not heard of its upstream. */
async function warmUp(terminal: Connection, scans: readonly Buffer[]): Promise<void> {
  let last = '';
  for (const scan of scans) {
    last = (await terminal.ask(scan)).text;
    if (!isAdmitted(last, true)) await delay(REST_MS);
  }
  if (!isAdmitted(last, true)) throw new Error(`the terminal does not confirm admissions: ${last.slice(-600)}`);
}

function isAdmitted(text: string, confirmed: boolean): boolean {
  return text.includes('"Verdict":"ADMIT"') && text.includes(`"Confirmed":${confirmed}`);
}
