import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { machine, printTable, readOptions, say, workDirectory } from './command-line.ts';
import { startPlatforms } from './platforms.ts';
import { startTerminal } from './terminal.ts';
import { codeOf } from './tickets.ts';
import { cpuOf, watchMemory } from './usage.ts';

// What each service takes while nobody asks anything: all three as they ship, connected to each other, after a few scans. `--server` names
// a PostgreSQL server for the platforms, whose commits are counted too.

const { seconds, port, server } = readOptions({ seconds: 120, port: 19900, server: '' });
const SCANS = 20;

const directory = workDirectory();
const platforms = await startPlatforms({
  directory,
  port,
  tickets: SCANS,
  accounts: ['terminal'],
  server: server || undefined,
});
const terminal = await startTerminal({
  directory,
  port: port + 2,
  account: platforms.bundles.get('terminal'),
  warmUp: platforms.tickets.map((ticket) => codeOf(ticket, platforms.ukey.privateKey)),
}).catch(async (error) => {
  await platforms.stop();
  throw error;
});
try {
  const services = [
    { name: 'national platform', pid: platforms.national.pid },
    { name: 'third-party platform', pid: platforms.thirdParty.pid },
    { name: 'terminal agent', pid: terminal.pid },
  ].map((service) => ({ ...service, cpuBefore: cpuOf(service.pid).all, memory: watchMemory([service.pid]) }));
  const commitsBefore = await commits();
  await delay(seconds * 1000);
  const commitsAfter = await commits();
  say(
    `${machine()}; ${server === '' ? 'encrypted SQLite' : 'PostgreSQL'}; ${seconds} s at rest after ${SCANS} scans\n`,
  );
  const table = printTable([
    ['', 22],
    ['MB', 6],
    ['at first', 8],
    ['most', 6],
    ['of a processor', 14],
  ]);
  for (const { name, pid, cpuBefore, memory } of services) {
    const share = (cpuOf(pid).all - cpuBefore) / (seconds * 1e6);
    const cells = memory.stop().flatMap(({ before, peak, after }) => [after, before, peak].map((mb) => mb.toFixed(0)));
    table.row([name, ...cells, `${(share * 100).toFixed(1)} %`]);
  }
  for (const [name, count] of commitsAfter) {
    say(`  ${name}: ${((count - (commitsBefore.get(name) ?? 0)) / seconds).toFixed(1)} commits a second`);
  }
} finally {
  await terminal.stop();
  await platforms.stop();
}

/** Transactions of each platform's database so far, those that only read included. */
async function commits(): Promise<Map<string, number>> {
  if (server === '') return new Map();
  const client = new Client({ connectionString: server });
  await client.connect();
  // A session tells its numbers after a second at rest.
  await delay(2000);
  const { rows } = await client.query<{ name: string; commits: string }>(
    `select datname as name, xact_commit as commits from pg_stat_database where datname like 'bench_%' order by 1`,
  );
  await client.end();
  return new Map(rows.map(({ name, commits }) => [name, Number(commits)]));
}
