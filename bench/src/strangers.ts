import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { wallClockAt } from '@ticket-check/protocol';
import { sql } from 'kysely';
import { readTerminalSettings } from '../../apps/terminal-agent/src/config.ts';
import { openTerminalStore } from '../../apps/terminal-agent/src/open-store.ts';
import { machine, readOptions, say, wholeNumbers, workDirectory } from './command-line.ts';
import { printTable, spreadCells, spreadOf } from './figures.ts';
import { openConnection } from './load.ts';
import { startPlatforms } from './platforms.ts';
import { openService } from './service.ts';
import { scanRequest } from './terminal.ts';
import { CINEMA, codeOf } from './tickets.ts';
import { metricOf } from './usage.ts';

// What strangers at a scanner, or requests for a terminal's health, cost it and leave in its store, with a young and an old store:
// nothing may grow without bound, and nothing may cost more because the store is old.

const {
  rows: sizes,
  scans,
  health: healths,
  port,
  // Health is computed once a second at most, so that this takes as many seconds, and as many more without it.
} = readOptions({ rows: '10000,1000000', scans: 400, health: 20, port: 19800 });
/** How many scans without a ticket are kept: the least that the setting allows. */
const KEPT = 100;
const HEALTH_EVERY_MS = 1100;
const LONGEST_MS = 60_000;
const ASK_AGAIN_MS = 100;
const HEALTH = Buffer.from('GET /health HTTP/1.1\r\nHost: bench\r\n\r\n', 'latin1');

const directory = workDirectory();
const platformConsole = port + 2;
const counts = wholeNumbers('rows', sizes);
const platforms = await startPlatforms({
  directory,
  port,
  // Of each terminal the first ones until it admits, and one after the strangers.
  tickets: counts.length * 100,
  accounts: ['bench'],
  settings: { CONSOLE_PORT: String(platformConsole) },
});
const { thirdParty } = platforms;
const codes = platforms.tickets.map((ticket) => codeOf(ticket, platforms.ukey.privateKey));

try {
  say(`${machine()}; a terminal for all cinemas that keeps ${KEPT} scans without a ticket; milliseconds`);
  const { row } = printTable([
    ['', 44],
    ['rows', 10],
    ['p50', 8],
    ['p99', 8],
    ['max', 8],
    ['KB written', 10],
    ['calls', 6],
    ['rows of keys', 12],
    ['of scans', 8],
  ]);
  for (const [index, rows] of counts.entries())
    await measure(`terminal-${index}`, port + 3 + 2 * index, (what, ...cells) =>
      row([what, rows.toLocaleString('en'), ...cells]),
    )(rows);
} finally {
  await platforms.stop();
}

function measure(name: string, at: number, row: (...cells: string[]) => void) {
  const folder = join(directory, name);
  const terminal = openService('terminal-agent', {
    directory: folder,
    port: at,
    settings: { CONSOLE_PORT: String(at + 1), KEEP_SCANS_WITHOUT_TICKET: String(KEPT) },
  });
  const openStore = () => openTerminalStore(readTerminalSettings({ DATA_DIR: folder, PORT: String(at) }));
  return async (rows: number): Promise<void> => {
    const bundle = await thirdParty.command(['account', 'add', name, '--all-cinemas', '--out', '-']);
    await terminal.command(['upstream', 'set', '-'], bundle);
    const filled = await openStore();
    await fill(filled, rows);
    // The last close checkpoints the log into the database.
    await filled.close();
    const store = await openStore();
    await terminal.start();
    try {
      await measureStarted(store);
    } finally {
      await store.close();
      await terminal.stop();
    }
  };

  async function measureStarted({ db }: Awaited<ReturnType<typeof openStore>>): Promise<void> {
    const token = readFileSync(join(folder, 'scan.token'), 'utf8').trim();
    const scanner = openConnection(terminal.target());
    const health = openConnection({ ...terminal.target(), port: at + 1 });
    await Promise.all([scanner.opened, health.opened]);

    /** Scans texts, which must all get a verdict; returns how long each took. */
    async function scanAll(texts: readonly string[], expected: RegExp): Promise<number[]> {
      const times: number[] = [];
      for (const text of texts) {
        const { text: answer, ms } = await scanner.ask(scanRequest(text, token));
        if (!expected.test(answer)) throw new Error(`not the verdict that was expected: ${answer.slice(-500)}`);
        times.push(ms);
      }
      return times;
    }
    const scanGenuine = () => scanAll(codes.splice(0, 1), /"Verdict":"ADMIT"/);
    const countOf = async (query: ReturnType<typeof sql<{ count: number }>>) =>
      Number((await query.execute(db)).rows[0]?.count);
    const withoutTicket = () => countOf(sql`select count(*) as count from scan where film_ticket_code is null`);
    const look = async () => [
      writtenKb(terminal.pid),
      await metricOf(
        { ...thirdParty.target(), port: platformConsole },
        'http_request_duration_seconds_count',
        'route="/"',
      ),
      await countOf(sql`select count(*) as count from key_fetch`),
      await withoutTicket(),
    ];
    /** Does something, and prints how long each took, and what the terminal wrote, asked and kept meanwhile. */
    async function during(what: string, work: () => Promise<number[]>): Promise<void> {
      const before = await look();
      const times = await work();
      const after = await look();
      row(
        what,
        ...spreadCells(spreadOf(times)),
        ...after.map((figure, index) => (figure - (before[index] ?? 0)).toFixed(0)),
      );
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
    const many = (make: (number: number) => string) => Array.from({ length: scans }, (_, number) => make(number));

    const isAdmitted = () =>
      scanGenuine().then(
        () => true,
        () => false,
      );
    await until('a genuine ticket is admitted', isAdmitted);
    await during('nothing is asked', () => delay(healths * HEALTH_EVERY_MS, []));
    await during(`GET /health, ${healths} times in as long`, askHealth);
    await during(`${scans} codes of invented cinemas`, () =>
      scanAll(many(inventedCode), /"Verdict":"KEYS_(PENDING|UNAVAILABLE)"/),
    );
    await during(`${scans} texts that are no codes`, () =>
      scanAll(
        many((number) => `https://example.com/${number}`),
        /"Verdict":"UNREADABLE"/,
      ),
    );
    await during('a genuine ticket afterwards', scanGenuine);
    scanner.close();
    health.close();

    // Old ones are deleted from when the terminal listens, and every five minutes.
    await terminal.stop();
    await terminal.start();
    const startedAt = performance.now();
    await until(`no more than ${KEPT} scans without a ticket are left`, async () => (await withoutTicket()) <= KEPT);
    const deletedMs = (performance.now() - startedAt).toFixed(1);
    row('old ones deleted after it listens again', '', '', deletedMs, '', '', '', String(await withoutTicket()));
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
const inventedCode = (number: number): string => `${10_000_000 + number}${randomBytes(128).toString('base64')}`;

/** What a process has had written to a disk since it began; nothing where its files are in memory. */
const writtenKb = (pid: number): number =>
  Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]) / 1024;
