import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plugIn, type SerialDevice } from '@ticket-check/runtime/pseudo-terminal';
import { startPlatforms } from './platforms.ts';
import { machine, say } from './print.ts';
import { openService } from './service.ts';
import { spreadCells, spreadOf } from './spread.ts';
import { printTable } from './table.ts';
import { codeOf } from './tickets.ts';
import { wholeNumber } from './whole-number.ts';
import { workDirectory } from './work-directory.ts';

// What a guest waits for at a gate with hardware: from the last byte of a serial scanner to the command that opens the gate, at a
// terminal agent as it ships. Scanner and relay board are pseudo-terminals.

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '300' },
    port: { type: 'string', default: '19350' },
  },
});
const scans = wholeNumber('requests', values.requests);
const port = wholeNumber('port', values.port);
const WARM_UP = 30;
/** Longer than any scan takes. */
const LONGEST_MS = 20_000;
const FRAME = 8;
const ON = 0xff;

const directory = workDirectory();
const platforms = await startPlatforms({ directory, port, tickets: WARM_UP + 2 * scans, accounts: ['terminal'] });
const [scannerPort, boardPort] = [join(directory, 'scanner'), join(directory, 'board')];
const [scanner, board] = [await plugIn(scannerPort), await plugIn(boardPort)];
const terminal = openService('terminal-agent', {
  directory: join(directory, 'terminal-agent'),
  port: port + 2,
  settings: {
    SCANNERS: `door=serial:${scannerPort}`,
    GATE_DRIVERS: `gate-1=modbus:${boardPort}@1#0`,
    GATE_OPEN_MS: '50',
  },
});
const commands = readCommands(board);

try {
  await terminal.command(['upstream', 'set', '-'], JSON.stringify(platforms.bundles.get('terminal')));
  const shutAtStart = commands.next('off');
  await terminal.start();
  await shutAtStart;
  const codes = platforms.tickets.map((ticket) => codeOf(ticket, platforms.ukey.privateKey));
  // A terminal that was just started has no keys yet.
  for (const code of codes.slice(0, WARM_UP)) await scan(code).catch(() => {});
  say(`${machine()}; ${scans} scans each, one after the other; milliseconds\n`);
  const table = printTable([
    { title: '', width: 30, align: 'left' },
    { title: 'p50', width: 8 },
    { title: 'p99', width: 8 },
    { title: 'max', width: 8 },
  ]);
  const online = await scanAll(codes.slice(WARM_UP, WARM_UP + scans), { confirmed: true });
  table.row(['third-party platform answers', ...spreadCells(spreadOf(online))]);
  await platforms.thirdParty.stop();
  const offline = await scanAll(codes.slice(WARM_UP + scans), { confirmed: false });
  table.row(['third-party platform stopped', ...spreadCells(spreadOf(offline))]);
} finally {
  await terminal.stop();
  await platforms.stop();
  for (const end of [scanner, board]) await end.unplug();
}

/** Scans a ticket, and answers after how many milliseconds its gate was told to open; the gate is shut when it resolves. */
async function scan(code: string): Promise<number> {
  const opened = commands.next('on');
  const sentAt = performance.now();
  scanner.write(`${code}\r`);
  const openedAt = await opened;
  await commands.next('off');
  return openedAt - sentAt;
}

/** Scans one ticket after the other, each of which has to open the gate. */
async function scanAll(codes: readonly string[], { confirmed }: { confirmed: boolean }): Promise<number[]> {
  const times: number[] = [];
  for (const code of codes) times.push(await scan(code));
  const listed = (await terminal.command(['scans', 'list', '--last', String(codes.length)])).trim().split('\n');
  for (const line of listed) {
    const { Verdict, Confirmed } = JSON.parse(line);
    if (Verdict !== 'ADMIT' || Confirmed !== confirmed) throw new Error(`not what was expected: ${line}`);
  }
  return times;
}

/** A Modbus board with relays that confirms each command, and when each came. */
function readCommands(board: SerialDevice) {
  let heard = Buffer.alloc(0);
  const waiting = new Map<'on' | 'off', (at: number) => void>();
  board.on('data', (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]);
    for (; heard.length >= FRAME; heard = heard.subarray(FRAME)) {
      const at = performance.now();
      // Whoever writes a coil is answered by the same bytes.
      board.write(heard.subarray(0, FRAME));
      const what = heard[4] === ON ? 'on' : 'off';
      waiting.get(what)?.(at);
      waiting.delete(what);
    }
  });
  return {
    /** Resolves with the time of the next command of its kind. */
    next: (what: 'on' | 'off') =>
      new Promise<number>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`the gate was not told ${what}`)), LONGEST_MS);
        waiting.set(what, (at) => {
          clearTimeout(late);
          resolve(at);
        });
      }),
  };
}
