import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuSeconds } from './cpu.ts';
import { watchMemory } from './memory.ts';
import { startPlatforms } from './platforms.ts';
import { machine, say } from './print.ts';
import { printTable } from './table.ts';
import { startTerminal } from './terminal.ts';
import { codeOf } from './tickets.ts';
import { wholeNumber } from './whole-number.ts';
import { workDirectory } from './work-directory.ts';

// What each service takes while nobody asks anything: all three as they ship, connected to each other, after a few scans.

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, port: { type: 'string', default: '19900' } },
});
const seconds = wholeNumber('seconds', values.seconds);
const port = wholeNumber('port', values.port);
const SCANS = 20;

const directory = workDirectory();
const platforms = await startPlatforms({ directory, port, tickets: SCANS, accounts: ['terminal'] });
try {
  const terminal = await startTerminal({
    directory: join(directory, 'terminal-agent'),
    port: port + 2,
    account: platforms.bundles.get('terminal'),
    warmUp: platforms.tickets.map((ticket) => codeOf(ticket, platforms.ukey.privateKey)),
  });
  try {
    const names = ['national platform', 'third-party platform', 'terminal agent'];
    const pids = [platforms.national.pid, platforms.thirdParty.pid, terminal.pid];
    const cpuBefore = pids.map(cpuSeconds);
    const memory = watchMemory(pids);
    await delay(seconds * 1000);
    const used = memory.stop();
    say(`${machine()}; encrypted SQLite; ${seconds} s at rest after ${SCANS} scans\n`);
    const table = printTable([
      { title: '', width: 22, align: 'left' },
      { title: 'MB', width: 6 },
      { title: 'at first', width: 8 },
      { title: 'most', width: 6 },
      { title: 'of a processor', width: 14 },
    ]);
    for (const [index, pid] of pids.entries()) {
      const { before, peak, after } = used[index] ?? { before: Number.NaN, peak: Number.NaN, after: Number.NaN };
      const share = (cpuSeconds(pid) - (cpuBefore[index] ?? 0)) / seconds;
      const cells = [after, before, peak].map((mb) => mb.toFixed(0));
      table.row([names[index] ?? '', ...cells, `${(share * 100).toFixed(1)} %`]);
    }
  } finally {
    await terminal.stop();
  }
} finally {
  await platforms.stop();
}
