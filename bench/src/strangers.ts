import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { wallClockAt } from '@ticket-check/protocol';
import { sql } from 'kysely';
import { readTerminalSettings } from '../../apps/terminal-agent/src/config.ts';
import { openTerminalStore } from '../../apps/terminal-agent/src/migrations.ts';
import { openConnection } from './load.ts';
import { metricOf } from './metrics.ts';
import { startPlatforms } from './platforms.ts';
import { machine, say } from './print.ts';
import { openService } from './service.ts';
import { spreadCells, spreadOf } from './spread.ts';
import { printTable } from './table.ts';
import { scanRequest } from './terminal.ts';
import { CINEMA, codeOf } from './tickets.ts';
import { wholeNumber } from './whole-number.ts';
import { workDirectory } from './work-directory.ts';

// What strangers at a scanner, or requests for a terminal's health, cost it and leave in its store, with a young and an old store:
// nothing may grow without bound, and nothing may cost more because the store is old.

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000,1000000' },
    scans: { type: 'string', default: '400' },
    /** Each is computed once a second at most, so that this takes as many seconds, and as many more without it. */
    health: { type: 'string', default: '20' },
    port: { type: 'string', default: '19800' },
  },
});
const sizes = values.rows.split(',').map((rows) => wholeNumber('rows', rows));
const scans = wholeNumber('scans', values.scans);
const healths = wholeNumber('health', values.health);
const port = wholeNumber('port', values.port);
/** How many scans without a ticket are kept: the least that the setting allows. */
const KEPT = 100;
const HEALTH_EVERY_MS = 1100;
const LONGEST_MS = 60_000;
const ASK_AGAIN_MS = 100;
const HEALTH = Buffer.from('GET /health HTTP/1.1\r\nHost: bench\r\n\r\n', 'latin1');

const directory = workDirectory();
const platformConsole = port + 2;
const platforms = await startPlatforms({
  directory,
  port,
  // Of each terminal the first ones until it admits, and one after the strangers.
  tickets: sizes.length * 100,
  accounts: ['bench'],
  settings: { CONSOLE_PORT: String(platformConsole) },
});
const { thirdParty } = platforms;
let nextTicket = 0;

try {
  say(`${machine()}; a terminal for all cinemas that keeps ${KEPT} scans without a ticket; milliseconds`);
  const table = printTable([
    { title: '', width: 44, align: 'left' },
    { title: 'rows', width: 10 },
    { title: 'p50', width: 8 },
    { title: 'p99', width: 8 },
    { title: 'max', width: 8 },
    { title: 'KB written', width: 10 },
    { title: 'calls', width: 6 },
    { title: 'rows of keys', width: 12 },
    { title: 'of scans', width: 8 },
  ]);
  for (const [index, rows] of sizes.entries()) {
    await measure(rows, { name: `terminal-${index}`, at: port + 3 + 2 * index, row: table.row });
  }
} finally {
  await platforms.stop();
}

async function measure(
  rows: number,
  { name, at, row }: { name: string; at: number; row: (cells: readonly string[]) => void },
): Promise<void> {
  const folder = join(directory, name);
  const terminal = openService('terminal-agent', {
    directory: folder,
    port: at,
    settings: { CONSOLE_PORT: String(at + 1), KEEP_SCANS_WITHOUT_TICKET: String(KEPT) },
  });
  const bundle = await thirdParty.command(['account', 'add', name, '--all-cinemas', '--out', '-']);
  await terminal.command(['upstream', 'set', '-'], bundle);
  const openStore = () => openTerminalStore(readTerminalSettings({ DATA_DIR: folder, PORT: String(at) }));
  const filled = await openStore();
  await fill(filled, rows);
  // The last close checkpoints the log into the database.
  await filled.close();
  const store = await openStore();
  await terminal.start();
  try {
    await measureStarted();
  } finally {
    await store.close();
    await terminal.stop();
  }

  async function measureStarted(): Promise<void> {
    const scanToken = readFileSync(join(folder, 'scan.token'), 'utf8').trim();
    const scanner = openConnection(terminal.target());
    const health = openConnection({ ...terminal.target(), port: at + 1 });
    await Promise.all([scanner.opened, health.opened]);

    async function scan(text: string): Promise<{ verdict: string; ms: number }> {
      const { text: answer, ms } = await scanner.ask(scanRequest(text, scanToken));
      return { verdict: /"Verdict":"(\w+)"/.exec(answer)?.[1] ?? answer.slice(-500), ms };
    }
    async function scanGenuine(): Promise<{ verdict: string; ms: number }> {
      const ticket = platforms.tickets[nextTicket++];
      if (ticket === undefined) throw new Error(`${name} does not admit`);
      return scan(codeOf(ticket, platforms.ukey.privateKey));
    }
    const callsToPlatform = () =>
      metricOf({ ...thirdParty.target(), port: platformConsole }, 'http_request_duration_seconds_count', 'route="/"');
    const withoutTicket = () => countOf(sql`select count(*) as count from scan where film_ticket_code is null`);
    const keyFetches = () => countOf(sql`select count(*) as count from key_fetch`);
    async function countOf(query: ReturnType<typeof sql>): Promise<number> {
      const { rows: counted } = await query.execute(store.db);
      return Number((counted[0] as { count: unknown }).count);
    }

    /** Does something, and prints how long each took, and what the terminal asked, wrote and kept meanwhile. */
    async function during(what: string, work: () => Promise<number[]>): Promise<void> {
      const look = async () => [await callsToPlatform(), await keyFetches(), await withoutTicket()] as const;
      const before = await look();
      const kbBefore = writtenKb(terminal.pid);
      const times = await work();
      const kb = writtenKb(terminal.pid) - kbBefore;
      const after = await look();
      const [calls, keys, others] = after.map((count, index) => String(count - (before[index] ?? 0)));
      row([
        what,
        rows.toLocaleString('en'),
        ...spreadCells(spreadOf(times)),
        kb.toFixed(0),
        `${calls}`,
        `${keys}`,
        `${others}`,
      ]);
    }
    async function scanAll(textOf: (number: number) => string, expected: RegExp): Promise<number[]> {
      const times: number[] = [];
      for (let number = 0; number < scans; number += 1) {
        const { verdict, ms } = await scan(textOf(number));
        if (!expected.test(verdict)) throw new Error(`not the verdict that was expected: ${verdict}`);
        times.push(ms);
      }
      return times;
    }
    async function askHealth(): Promise<number[]> {
      const times: number[] = [];
      for (let number = 0; number < healths; number += 1) {
        await delay(HEALTH_EVERY_MS);
        times.push((await health.ask(HEALTH)).ms);
      }
      return times;
    }
    async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
      for (const end = performance.now() + LONGEST_MS; !(await isSo()); await delay(ASK_AGAIN_MS)) {
        if (performance.now() > end) throw new Error(`${what}: not so after ${LONGEST_MS / 1000} s`);
      }
    }

    await until('a genuine ticket is admitted', async () => (await scanGenuine()).verdict === 'ADMIT');
    await during('nothing is asked', async () => {
      await delay(healths * HEALTH_EVERY_MS);
      return [];
    });
    await during(`GET /health, ${healths} times in as long`, askHealth);
    await during(`${scans} codes of invented cinemas`, () => scanAll(inventedCode, /^KEYS_(PENDING|UNAVAILABLE)$/));
    await during(`${scans} texts that are no codes`, () => scanAll(unreadableText, /^UNREADABLE$/));
    await during('a genuine ticket afterwards', async () => {
      const { verdict, ms } = await scanGenuine();
      if (verdict !== 'ADMIT') throw new Error(`a genuine ticket got ${verdict}`);
      return [ms];
    });
    scanner.close();
    health.close();

    // Old ones are deleted from when the terminal listens, and every five minutes.
    await terminal.stop();
    await terminal.start();
    const startedAt = performance.now();
    await until(`no more than ${KEPT} scans without a ticket are left`, async () => (await withoutTicket()) <= KEPT);
    const deletedMs = (performance.now() - startedAt).toFixed(1);
    const left = [await keyFetches(), await withoutTicket()].map(String);
    row(['old ones deleted after it listens again', rows.toLocaleString('en'), '', '', deletedMs, '', '', ...left]);
  }
}

/** Makes this many admissions. */
async function fill({ db }: Awaited<ReturnType<typeof openTerminalStore>>, count: number): Promise<void> {
  const now = wallClockAt(Date.now());
  await sql`
    with recursive number (i) as (select 1 union all select i + 1 from number where i < ${count})
    insert into scan (
      record_id, text_hash, gate, cinema_code, film_ticket_code, start_time, scanned_at, verdict, confirmed, decided_at, opened_at
    )
    select printf('00000000-0000-8000-8000-%012d', i), hex(randomblob(32)), 'gate-1', ${CINEMA}, printf('9%015d', i), ${now},
      ${now}, 'ADMIT', 1, ${now}, ${now}
    from number
  `.execute(db);
  await sql`
    insert into entry (start_time, cinema_code, film_ticket_code, record_id)
    select start_time, cinema_code, film_ticket_code, record_id from scan
  `.execute(db);
}

/** A code in good form that names a cinema which does not exist. */
function inventedCode(number: number): string {
  return `${10_000_000 + number}${randomBytes(128).toString('base64')}`;
}

function unreadableText(number: number): string {
  return `https://example.com/${number}`;
}

/** What a process has had written to a disk since it began; nothing where its files are in memory. */
function writtenKb(pid: number): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]) / 1024;
}
