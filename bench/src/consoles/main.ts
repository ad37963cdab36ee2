import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { addSeconds, businessDay, parseCinemaCode } from '@ticket-check/protocol';
import { sql } from 'kysely';
import { readNationalSettings } from '../../../apps/national-platform/src/config.ts';
import { openDatabase as openNationalDatabase } from '../../../apps/national-platform/src/database.ts';
import { readThirdPartySettings } from '../../../apps/third-party-platform/src/config.ts';
import { openDatabase } from '../../../apps/third-party-platform/src/database.ts';
import { openClaims } from '../claims.ts';
import { watchMemory } from '../memory.ts';
import { startPlatforms } from '../platforms.ts';
import { machine, say } from '../print.ts';
import { spreadCells, spreadOf } from '../spread.ts';
import { printTable } from '../table.ts';
import { CINEMA } from '../tickets.ts';
import { wholeNumber } from '../whole-number.ts';
import { workDirectory } from '../work-directory.ts';
import { openConsole, openListeners } from './console.ts';
import { dateBefore, useLargeStore } from './large-store.ts';

// What people's consoles wait for where a third-party platform as it ships has millions of records, and what a claim waits meanwhile.

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    'a-day': { type: 'string', default: '300000' },
    'long-day': { type: 'string', default: '1000000' },
    /** Each question is asked again for so long, and twice at least. */
    seconds: { type: 'string', default: '3' },
    /** Only what has one of these in its name, separated by commas. */
    only: { type: 'string', default: '' },
    /** A PostgreSQL server, `postgres://…`, whose data are kept there; an encrypted SQLite file by default. */
    server: { type: 'string' },
    port: { type: 'string', default: '19500' },
  },
});
const port = wholeNumber('port', values.port);
const shape = {
  days: wholeNumber('days', values.days),
  aDay: wholeNumber('a-day', values['a-day']),
  longDay: wholeNumber('long-day', values['long-day']),
  cinemas: 300,
  /** Among them is the one that tickets are sold for. */
  firstCinema: Number(CINEMA) - 150,
};
const leastMs = wholeNumber('seconds', values.seconds) * 1000;
const only = values.only.split(',');
/** Of the cinemas, those whose records of a day are just what a file may hold. */
const CINEMAS_OF_A_FILE = 190;
const TICKETS = 30_000;
const TERMINALS_A_CINEMA = 3;
const SESSIONS = 40;
const LISTENERS_A_SESSION = 5;

const directory = workDirectory();
const consolePort = port + 2;
const settings = {
  CONSOLE_PORT: String(consolePort),
  ...(await useLargeStore(shape, {
    directory: join(directory, 'third-party-platform'),
    server: values.server ?? null,
  })),
};
const platforms = await startPlatforms({ directory, port, tickets: TICKETS, accounts: ['terminal'], settings });
const { thirdParty, national } = platforms;
try {
  const { ca } = thirdParty.target();
  const token = await addToken('all');
  const tokenOfAFile = await addToken('file', '--cinemas', cinemasFrom(CINEMAS_OF_A_FILE));
  const sessions = await fillForThisRun();
  const someConsole = openConsole({ port: consolePort, ca }, token);
  const fileConsole = openConsole({ port: consolePort, ca }, tokenOfAFile);
  const claims = await openClaims(platforms, 'terminal');

  say(`${machine()}; ${values.server === undefined ? 'encrypted SQLite' : 'PostgreSQL'}; milliseconds`);
  const table = printTable([
    { title: '', width: 52, align: 'left' },
    { title: 'KB', width: 8 },
    { title: 'asked', width: 6 },
    { title: 'first', width: 7 },
    { title: 'p50', width: 7 },
    { title: 'max', width: 7 },
    { title: 'MB', width: 5 },
    { title: 'claims p50', width: 11 },
    { title: 'p99', width: 6 },
    { title: 'max', width: 6 },
  ]);
  const isAsked = (what: string) => only.some((part) => what.includes(part));

  async function measure(
    what: string,
    ask: (round: number) => Promise<{ bytes: number; firstMs: number; ms: number }>,
  ) {
    if (!isAsked(what)) return;
    const memory = watchMemory([thirdParty.pid]);
    const answers: Awaited<ReturnType<typeof ask>>[] = [];
    const asking = (async () => {
      const until = performance.now() + leastMs;
      for (let round = 0; round < 2 || performance.now() < until; round += 1) answers.push(await ask(round));
    })();
    const waited = spreadCells(spreadOf(await claims.during(asking)));
    const [figure] = memory.stop();
    const { p50, max } = spreadOf(answers.map(({ ms }) => ms));
    const first = spreadOf(answers.map(({ firstMs }) => firstMs)).p50;
    const kb = (answers.at(-1)?.bytes ?? 0) / 1000;
    table.row([
      what,
      kb.toFixed(kb < 10 ? 1 : 0),
      String(answers.length),
      ...[first, p50, max].map((ms) => ms.toFixed(0)),
      (figure?.peak ?? Number.NaN).toFixed(0),
      ...waited,
    ]);
  }
  /** A business date before this one, another in each round. */
  const dateIn = (round: number) => dateBefore(1 + (round % (shape.days - 2)));
  const question =
    (path: string, more: Record<string, string> = {}) =>
    (round: number) =>
      someConsole.ask(`${path}?${new URLSearchParams({ businessDate: dateIn(round), ...more })}`);
  const asIs = (path: string) => () => someConsole.ask(path);
  const ofCinema = { cinema: CINEMA };

  // Operations that were there before get their places, keys come.
  await delay(3000);
  const nothing = async () => {
    await delay(leastMs);
    return { bytes: 0, firstMs: 0, ms: 0 };
  };
  await measure('nothing else', nothing);
  await measure('today.json', asIs('/today.json'));
  await measure('fleet.json, 901 terminals', asIs('/fleet.json'));
  await measure('accounts.json', asIs('/accounts.json'));
  await measure('worklist.json', asIs('/worklist.json'));
  await measure('worklist.json, noted', asIs('/worklist.json?state=noted'));
  await measure('worklist.json, a cinema’s', asIs(`/worklist.json?cinema=${CINEMA}`));
  await measure('outbox.json', asIs('/outbox.json?kind=parked'));
  await measure('outbox.json, quarantined', asIs('/outbox.json?kind=quarantined'));
  await measure('audit.json', asIs('/audit.json'));
  await measure('audit.json, of one operator', asIs('/audit.json?actor=operator-7'));
  await measure('audit.json, of nobody', asIs('/audit.json?actor=nobody'));
  await measure('audit.json, deep', asIs(`/audit.json?until=${dateBefore(20)}`));

  await measure('records.json, a cinema’s day', question('/records.json', ofCinema));
  await measure('records.json, a day of all', question('/records.json'));
  await measure('records.json, deep in a cinema’s day', (round) => deepList(round, ofCinema));
  await measure('records.json, deep in a day of all', (round) => deepList(round, {}));
  const filters: Record<string, string> = {
    'one terminal': 'terminal=terminal-7-1',
    'one gate of that name': 'gate=gate-2',
    'one screen': 'screen=0003000000000000',
    'one film': 'film=001100000012',
    refused: 'state=PARKED',
    'waiting, of which there are none': 'state=WAITING',
    quarantined: 'state=QUARANTINED',
    'a ticket that there is not': 'ticket=9999999999999999',
    'a terminal that there is not': 'terminal=nobody',
    'a gate that there is not': 'gate=nowhere',
  };
  for (const [name, filter] of Object.entries(filters)) {
    await measure(`records.json, ${name}`, question('/records.json', Object.fromEntries(new URLSearchParams(filter))));
  }
  await measure('records.json, a cinema’s refused', question('/records.json', { ...ofCinema, state: 'PARKED' }));
  await measure('record.json', (round) =>
    someConsole.ask(`/record.json?id=${recordId((round * 37_123) % (shape.days * shape.aDay))}`),
  );

  for (const by of ['session', 'cinema', 'screen', 'film', 'account', 'gate']) {
    await measure(`report.json, a cinema’s by ${by}`, question('/report.json', { ...ofCinema, by }));
  }
  for (const by of ['cinema', 'screen', 'account', 'gate']) {
    await measure(`report.json, all by ${by}`, question('/report.json', { by }));
  }
  const span = (days: number) => `since=${dateBefore(days)}&until=${dateBefore(1)}`;
  await measure('completeness.json, a week of all', asIs(`/completeness.json?${span(7)}`));
  await measure('completeness.json, a week of a cinema', asIs(`/completeness.json?${span(7)}&cinema=${CINEMA}`));
  await measure('completeness.json, 30 days of a cinema', asIs(`/completeness.json?${span(30)}&cinema=${CINEMA}`));
  const day = (days: number) => `businessDate=${dateBefore(days)}&cinema=${CINEMA}`;
  await measure('reconciliation.json, a cinema’s day, equal', asIs(`/reconciliation.json?${day(2)}`));
  await measure('reconciliation.json, all missing above', asIs(`/reconciliation.json?${day(3)}`));

  await measure('report.csv, all by session', question('/report.csv', { by: 'session' }));
  await measure('report.xlsx, all by session', question('/report.xlsx', { by: 'session' }));
  for (const format of ['csv', 'xlsx']) {
    const path = (round: number) => `/records.${format}?businessDate=${dateIn(round)}`;
    await measure(`records.${format}, a day of ${CINEMAS_OF_A_FILE} cinemas`, (round) => fileConsole.ask(path(round)));
  }

  await measureListeners('open consoles', () => 'topic=today');
  const lists = ['topic=fleet&q=', 'topic=worklist&cinema=', 'topic=outbox&kind=parked&cinema='];
  await measureListeners('live lists, each another', (n) => `${lists[n % lists.length]}${shape.firstCinema + n}`);
  for (const one of [someConsole, fileConsole, claims]) one.close();

  async function measureListeners(what: string, queryOf: (n: number) => string) {
    if (!isAsked(what)) return;
    const listeners = await openListeners(
      { port: consolePort, ca },
      { queryOf, sessions, aSession: LISTENERS_A_SESSION },
    );
    await measure(`${listeners.count} ${what}`, nothing);
    await measure(`today.json beside ${listeners.count} ${what}`, asIs('/today.json'));
    say(`told: ${JSON.stringify(listeners.figures())}`);
    listeners.close();
  }

  async function deepList(round: number, more: Record<string, string>) {
    const date = dateIn(round);
    const after = JSON.stringify([addSeconds(businessDay(date).from, 8 * 3600), '', '']);
    return someConsole.ask(`/records.json?${new URLSearchParams({ businessDate: date, after, ...more })}`);
  }
} finally {
  await platforms.stop();
}

function recordId(number: number): string {
  return `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`;
}

/** Codes of so many cinemas, the one that tickets are sold for among them. */
function cinemasFrom(count: number): string {
  return Array.from({ length: count }, (_, index) => String(shape.firstCinema + index)).join(',');
}

async function addToken(name: string, ...args: string[]): Promise<string> {
  const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const permissions = 'records.read,fleet.read,audit.read,service.manage';
  const text = await thirdParty.command([
    'token',
    'add',
    name,
    '--permissions',
    permissions,
    '--until',
    until,
    ...args,
  ]);
  return JSON.parse(text).Token;
}

/** Terminals and what they told, people who are logged in, and one cinema's day at the national platform too. Answers the sessions. */
async function fillForThisRun(): Promise<string[]> {
  const env = { ...settings, DATA_DIR: thirdParty.directory };
  const store = await openDatabase(readThirdPartySettings(env));
  const above = await openNationalDatabase(readNationalSettings({ DATA_DIR: national.directory }));
  try {
    const { db } = store;
    const now = Date.now();
    const [own] = await db.selectFrom('account').selectAll().where('username', '=', 'terminal').execute();
    if (own === undefined) throw new Error('the terminal has no account');
    const device = (name: string) => ({ name, driver: 'rs232', enabled: true, error: null });
    for (let cinema = 0; cinema < shape.cinemas; cinema += 1) {
      const names = Array.from({ length: TERMINALS_A_CINEMA }, (_, index) => `terminal-${cinema}-${index}`);
      const cinemaCodes = JSON.stringify([parseCinemaCode(String(shape.firstCinema + cinema))]);
      await db
        .insertInto('account')
        .values(names.map((username) => ({ ...own, username, cinemaCodes })))
        .execute();
      await db
        .insertInto('terminalState')
        .values(
          names.map((account, index) => ({
            account,
            storeId: '',
            heardAt: now - index * 1000,
            state: JSON.stringify({
              version: '0.1.0',
              uptimeSeconds: 3600,
              gates: [device('gate-1'), device('gate-2')],
              scanners: [device('scanner-1'), device('scanner-2')],
              waiting: index,
              parked: 0,
              oldestUnsentSeconds: index === 0 ? null : 3,
              keysAgeSeconds: 60,
              clockOffsetMs: 12,
              clockTrusted: true,
              storesSetAside: 0,
              line: 'up',
              ending: false,
            }),
            waitingSince: null,
            ending: 0,
          })),
        )
        .execute();
    }

    const { from, until } = businessDay(dateBefore(2));
    const records = await db
      .selectFrom('checkRecord')
      .selectAll()
      .where('checkTime', '>=', from)
      .where('checkTime', '<', until)
      .where('cinemaCode', '=', CINEMA)
      .execute();
    for (let first = 0; first < records.length; first += 500) {
      await above.db
        .insertInto('checkRecord')
        .values(records.slice(first, first + 500))
        .execute();
    }

    const tokens = Array.from({ length: SESSIONS }, () => randomBytes(32).toString('base64url'));
    await sql`
      insert into operator (username, role, cinema_codes, password_hash, created_at)
      values ('bench', 'administrator', 'all', '-', '2026-01-01T00:00:00')
    `.execute(db);
    await db
      .insertInto('operatorSession')
      .values(
        tokens.map((token) => ({
          tokenHash: createHash('sha256').update(token).digest('hex'),
          username: 'bench',
          address: '127.0.0.1',
          beganAt: now,
          seenAt: now,
        })),
      )
      .execute();
    return tokens;
  } finally {
    await store.close();
    await above.close();
  }
}
