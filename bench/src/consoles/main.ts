import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readThirdPartySettings } from '../../../apps/third-party-platform/src/config.ts';
import { openDatabase } from '../../../apps/third-party-platform/src/database.ts';
import { watchMemory } from '../memory.ts';
import { startPlatforms } from '../platforms.ts';
import { machine, say } from '../print.ts';
import { spreadCells, spreadOf } from '../spread.ts';
import { printTable } from '../table.ts';
import { CINEMA } from '../tickets.ts';
import { wholeNumber } from '../whole-number.ts';
import { workDirectory } from '../work-directory.ts';
import { openClaims } from './claims.ts';
import { openConsole, openListeners } from './console.ts';
import { addSessions, addTerminals } from './fill-store.ts';
import { largeStore } from './large-store.ts';
import { CINEMAS_OF_A_FILE, type Question, questionsOf } from './questions.ts';

// How long the console of a third-party platform as it ships takes to answer with millions of records, and claims beside it.

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    'a-day': { type: 'string', default: '300000' },
    'long-day': { type: 'string', default: '1000000' },
    /** Each question is asked again for so long, and twice at least. */
    seconds: { type: 'string', default: '3' },
    /** Only what has one of these in its name, separated by commas. */
    only: { type: 'string', default: '' },
    /** Makes the data and measures nothing. */
    fill: { type: 'boolean', default: false },
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
const LISTENERS_A_SESSION = 5;

const PERMISSIONS = 'records.read,fleet.read,audit.read,service.manage';
const TICKETS = 30_000;
const LIVE_LISTS = ['topic=fleet&q=', 'topic=worklist&cinema=', 'topic=outbox&kind=parked&cinema='];
/** Pages that listen, the n-th to what it is answered. */
const LISTENERS: readonly (readonly [name: string, queryOf: (n: number) => string])[] = [
  ['open consoles', () => 'topic=today'],
  ['live lists, each another', (n) => `${LIVE_LISTS[n % LIVE_LISTS.length]}${shape.firstCinema + n}`],
];

const kept = largeStore(shape, values.server ?? null);
await kept.make();
if (!values.fill) await measureAll();

async function measureAll(): Promise<void> {
  const directory = workDirectory();
  const consolePort = port + 2;
  const env = await kept.copyTo(join(directory, 'third-party-platform'));
  const platforms = await startPlatforms({
    directory,
    port,
    tickets: TICKETS,
    accounts: ['terminal'],
    settings: { CONSOLE_PORT: String(consolePort), ...env },
  });
  const { thirdParty } = platforms;
  try {
    const { ca } = thirdParty.target();
    const target = { port: consolePort, ca };
    const ofAll = openConsole(target, await addToken('all', '--all-cinemas'));
    const ofAFile = openConsole(target, await addToken('file', '--cinemas', cinemasFrom(CINEMAS_OF_A_FILE)));
    // Accounts are made before there are operators, who would have to be named.
    const claims = await openClaims(platforms);
    const sessions = await addPeople({ ...env, DATA_DIR: thirdParty.directory });

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

    async function measure([what, ask]: Question) {
      if (!isAsked(what)) return;
      const memory = watchMemory([thirdParty.pid]);
      const answers: Awaited<ReturnType<typeof ask>>[] = [];
      const going = (async () => {
        const until = performance.now() + leastMs;
        for (let round = 0; round < 2 || performance.now() < until; round += 1) answers.push(await ask(round));
      })();
      const waited = await claims.during(going);
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
        ...spreadCells(spreadOf(waited)),
      ]);
    }
    async function nothing() {
      await delay(leastMs);
      return { bytes: 0, firstMs: 0, ms: 0, text: '' };
    }

    // Operations that were there before get their places, keys come.
    await delay(3000);
    await measure(['nothing else', nothing]);
    for (const question of questionsOf(shape, ofAll, ofAFile)) await measure(question);
    for (const [what, queryOf] of LISTENERS) {
      if (!isAsked(what)) continue;
      const listening = await openListeners(target, { queryOf, sessions, aSession: LISTENERS_A_SESSION });
      await measure([`${listening.count} ${what}`, nothing]);
      await measure([`today.json beside ${listening.count} ${what}`, () => ofAll.ask('/today.json')]);
      say(`told: ${JSON.stringify(listening.figures())}`);
      listening.close();
    }
    for (const one of [ofAll, ofAFile, claims]) one.close();
  } finally {
    await platforms.stop();
    await kept.forgetCopy();
  }

  async function addToken(name: string, ...args: string[]): Promise<string> {
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const given = ['--permissions', PERMISSIONS, '--until', until, ...args];
    return JSON.parse(await thirdParty.command(['token', 'add', name, ...given])).Token;
  }
}

/** Adds terminals that reported their state just now, and operators who are logged in; returns the sessions of these. */
async function addPeople(env: Record<string, string>): Promise<string[]> {
  const store = await openDatabase(readThirdPartySettings(env));
  try {
    await addTerminals(store, shape);
    return await addSessions(store);
  } finally {
    await store.close();
  }
}

/** Codes of this many cinemas, including the one that tickets are sold for. */
function cinemasFrom(count: number): string {
  return Array.from({ length: count }, (_, index) => String(shape.firstCinema + index)).join(',');
}
