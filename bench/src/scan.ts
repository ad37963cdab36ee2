import { machine, printTable, readOptions, say, spreadCells, spreadOf, workDirectory } from './command-line.ts';
import { openConnection } from './load.ts';
import { startPlatforms } from './platforms.ts';
import { isAdmitted } from './terminal.ts';

// What a guest waits for at the gate: scans at a terminal agent as it ships, with its platforms and without.

const { requests: scans, port } = readOptions({ requests: 1000, port: 19300 });
const WARM_UP = 50;

const accounts = ['terminal'] as const;
const platforms = await startPlatforms({ directory: workDirectory(), port, tickets: WARM_UP + 2 * scans, accounts });
try {
  const codes = platforms.codes(platforms.tickets);
  const terminal = await platforms.terminal('terminal', codes.splice(0, WARM_UP));
  const connection = openConnection(terminal.target());
  await connection.opened;
  say(`${machine()}; ${scans} scans each, one after the other on one connection; milliseconds\n`);
  const table = printTable({ '': 30, p50: 8, p99: 8, max: 8 });
  async function scanAll(title: string, confirmed: boolean): Promise<void> {
    const times: number[] = [];
    for (const scan of codes.splice(0, scans).map(terminal.request)) {
      const { text, ms } = await connection.ask(scan);
      if (!isAdmitted(text, confirmed)) throw new Error(`not the verdict that was expected: ${text.slice(-600)}`);
      times.push(ms);
    }
    table.row([title, ...spreadCells(spreadOf(times))]);
  }
  await scanAll('third-party platform answers', true);
  await platforms.thirdParty.stop();
  await scanAll('third-party platform stopped', false);
  connection.close();
} finally {
  await platforms.stop();
}
