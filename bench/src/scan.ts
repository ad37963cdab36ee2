import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openConnection } from './load.ts';
import { startPlatforms } from './platforms.ts';
import { machine, say } from './print.ts';
import { spreadCells, spreadOf } from './spread.ts';
import { printTable } from './table.ts';
import { isAdmitted, startTerminal, type Terminal } from './terminal.ts';
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

const directory = workDirectory();
const tickets = WARM_UP + 2 * scans;
const platforms = await startPlatforms({ directory, port, tickets, accounts: ['terminal'] });
let terminal: Terminal | undefined;

try {
  const codes = platforms.tickets.map((ticket) => codeOf(ticket, platforms.ukey.privateKey));
  const started = await startTerminal({
    directory: join(directory, 'terminal-agent'),
    port: port + 2,
    account: platforms.bundles.get('terminal'),
    warmUp: codes.slice(0, WARM_UP),
  });
  terminal = started;
  const connection = openConnection(started.target());
  await connection.opened;
  say(`${machine()}; ${scans} scans each, one after the other on one connection; milliseconds\n`);
  const table = printTable([
    { title: '', width: 30, align: 'left' },
    { title: 'p50', width: 8 },
    { title: 'p99', width: 8 },
    { title: 'max', width: 8 },
  ]);
  /** Scans tickets one after the other, which must all be admitted; returns how long the scans took. */
  async function scanAll(texts: readonly string[], { confirmed }: { confirmed: boolean }): Promise<number[]> {
    const times: number[] = [];
    for (const scan of texts.map(started.request)) {
      const { text, ms } = await connection.ask(scan);
      if (!isAdmitted(text, confirmed)) throw new Error(`not the verdict that was expected: ${text.slice(-600)}`);
      times.push(ms);
    }
    return times;
  }
  const online = await scanAll(codes.slice(WARM_UP, WARM_UP + scans), { confirmed: true });
  table.row(['third-party platform answers', ...spreadCells(spreadOf(online))]);
  await platforms.thirdParty.stop();
  const offline = await scanAll(codes.slice(WARM_UP + scans), { confirmed: false });
  table.row(['third-party platform stopped', ...spreadCells(spreadOf(offline))]);
  connection.close();
} finally {
  await terminal?.stop();
  await platforms.stop();
}
