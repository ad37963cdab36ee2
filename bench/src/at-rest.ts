import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '@ticket-check/storage/testing/plain-connection';
import { machine, printTable, readOptions, say, workDirectory } from './command-line.ts';
import { startPlatforms } from './platforms.ts';
import { cpuOf, watchMemory } from './usage.ts';

// What each service takes while nobody asks anything: all three as they ship, connected to each other, after a few scans. `--server` names
// a PostgreSQL server for the platforms, whose commits are counted too.

const options = readOptions({ seconds: 120, port: 19900, server: '' });
const { seconds, port } = options;
const server = options.server || undefined;
const SCANS = 20;

const accounts = ['terminal'] as const;
const platforms = await startPlatforms({ directory: workDirectory(), port, tickets: SCANS, accounts, server });
try {
  const terminal = await platforms.terminal('terminal', platforms.codes(platforms.tickets));
  const services = Object.entries({
    'national platform': platforms.national.pid,
    'third-party platform': platforms.thirdParty.pid,
    'terminal agent': terminal.pid,
  }).map(([name, pid]) => ({ name, pid, cpuBefore: cpuOf(pid).all, memory: watchMemory([pid]) }));
  const commitsBefore = await commits();
  await delay(seconds * 1000);
  const commitsAfter = await commits();
  const engine = server === undefined ? 'encrypted SQLite' : 'PostgreSQL';
  say(`${machine()}; ${engine}; ${seconds} s at rest after ${SCANS} scans\n`);
  const table = printTable({ '': 22, MB: 6, 'at first': 8, most: 6, 'of a processor': 14 });
  for (const { name, pid, cpuBefore, memory } of services) {
    const share = (cpuOf(pid).all - cpuBefore) / (seconds * 1e6);
    const cells = memory().flatMap(({ before, peak, after }) => [after, before, peak].map((mb) => mb.toFixed(0)));
    table.row([name, ...cells, `${(share * 100).toFixed(1)} %`]);
  }
  for (const [name, count] of commitsAfter) {
    say(`  ${name}: ${((count - (commitsBefore.get(name) ?? 0)) / seconds).toFixed(1)} commits a second`);
  }
} finally {
  await platforms.stop();
}

/** Transactions of each platform's database so far, those that only read included. */
async function commits(): Promise<Map<string, number>> {
  if (server === undefined) return new Map();
  return withClient(server, async (client) => {
    // A session tells its numbers after a second at rest.
    await delay(2000);
    const { rows } = await client.query<{ name: string; commits: string }>(
      `select datname as name, xact_commit as commits from pg_stat_database where datname like 'bench_%' order by 1`,
    );
    return new Map(rows.map(({ name, commits }) => [name, Number(commits)]));
  });
}
