import { setTimeout as delay } from 'node:timers/promises';
import { machine, printTable, readOptions, say, workDirectory } from './command-line.ts';
import { startPlatforms } from './platforms.ts';
import { startTerminal } from './terminal.ts';
import { codeOf } from './tickets.ts';
import { cpuOf, watchMemory } from './usage.ts';

// What each service takes while nobody asks anything: all three as they ship, connected to each other, after a few scans.

const { seconds, port } = readOptions({ seconds: 120, port: 19900 });
const SCANS = 20;

const directory = workDirectory();
const platforms = await startPlatforms({ directory, port, tickets: SCANS, accounts: ['terminal'] });
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
  await delay(seconds * 1000);
  say(`${machine()}; encrypted SQLite; ${seconds} s at rest after ${SCANS} scans\n`);
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
} finally {
  await terminal.stop();
  await platforms.stop();
}
