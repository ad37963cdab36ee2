import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { APIS, parseRecordId } from '@ticket-check/protocol';
import { readThirdPartySettings } from '@ticket-check/third-party-platform/config';
import { openDatabase } from '@ticket-check/third-party-platform/database';
import { uuidv7 } from 'uuidv7';
import { machine, readOptions, say, workDirectory } from '../command-line.ts';
import { printTable, spreadCells, spreadOf } from '../figures.ts';
import { openConnection } from '../load.ts';
import { startPlatforms } from '../platforms.ts';
import { CINEMA, claimQueryOf } from '../tickets.ts';
import { watchMemory } from '../usage.ts';
import { openConsole, openListeners } from './console.ts';
import { addSessions, addTerminals } from './fill.ts';
import { largeStore } from './large-store.ts';
import { CINEMAS_OF_A_FILE, type Question, questionsOf } from './questions.ts';

// How long the console of a third-party platform as it ships takes to answer with millions of records, and claims beside it.

const options = readOptions({
  days: 30,
  'a-day': 300_000,
  'long-day': 1_000_000,
  /** Each question is asked again for so long, and twice at least. */
  seconds: 3,
  /** Only what has one of these in its name, separated by commas. */
  only: '',
  /** Makes the data and measures nothing. */
  fill: false,
  port: 19500,
});
const { port } = options;
const shape = {
  days: options.days,
  aDay: options['a-day'],
  longDay: options['long-day'],
  cinemas: 300,
  /** Among them is the one that tickets are sold for. */
  firstCinema: Number(CINEMA) - 150,
};
const leastMs = options.seconds * 1000;
const isAsked = (what: string) => options.only.split(',').some((part) => what.includes(part));

const TICKETS = 30_000;
const BETWEEN_CLAIMS_MS = 5;
const LISTENERS_A_SESSION = 5;
const PERMISSIONS = 'records.read,fleet.read,audit.read,service.manage';
const LIVE_LISTS = ['topic=fleet&q=', 'topic=worklist&cinema=', 'topic=outbox&kind=parked&cinema='];
/** Pages that listen, the n-th to what it is answered. */
const LISTENERS: readonly (readonly [name: string, queryOf: (n: number) => string])[] = [
  ['open consoles', () => 'topic=today'],
  ['live lists, each another', (n) => `${LIVE_LISTS[n % LIVE_LISTS.length]}${shape.firstCinema + n}`],
];

const kept = await largeStore(shape);
if (!options.fill) await measureAll();

async function measureAll(): Promise<void> {
  const directory = workDirectory();
  const consolePort = port + 2;
  kept.copyTo(join(directory, 'third-party-platform'));
  const settings = { CONSOLE_PORT: String(consolePort) };
  const platforms = await startPlatforms({ directory, port, tickets: TICKETS, accounts: ['terminal'], settings });
  const { thirdParty, tickets, ukey, signed } = platforms;
  try {
    const { ca } = thirdParty.target();
    const target = { port: consolePort, ca };
    const cinemas = Array.from({ length: CINEMAS_OF_A_FILE }, (_, index) => shape.firstCinema + index).join(',');
    // Tokens are made before there are operators, who would have to be named.
    const ofAll = openConsole(target, await addToken('all', '--all-cinemas'));
    const ofAFile = openConsole(target, await addToken('file', '--cinemas', cinemas));
    const store = await openDatabase(readThirdPartySettings({ DATA_DIR: thirdParty.directory }));
    await addTerminals(store, shape);
    const sessions = await addSessions(store);
    await store.close();
    const claiming = openConnection(thirdParty.target());
    await claiming.opened;

    say(`${machine()}; encrypted SQLite; milliseconds`);
    const table = printTable([
      ['', 52],
      ['KB', 8],
      ['asked', 6],
      ['first', 7],
      ['p50', 7],
      ['max', 7],
      ['MB', 5],
      ['claims p50', 11],
      ['p99', 6],
      ['max', 6],
    ]);

    let claimed = 0;
    async function claim(): Promise<number> {
      const ticket = tickets[claimed++];
      if (ticket === undefined) throw new Error('every ticket was used: sell more of them');
      const query = claimQueryOf(ticket, parseRecordId(uuidv7()), ukey.privateKey);
      const { text, ms } = await claiming.ask(signed('terminal', APIS.claimTicket, query));
      if (!text.includes('"Claimed":true')) throw new Error(text.slice(-500));
      return ms;
    }

    /** Asks a question again and again, while a terminal claims one ticket after the other. */
    async function measure([what, ask]: Question): Promise<void> {
      if (!isAsked(what)) return;
      const memory = watchMemory([thirdParty.pid]);
      const answers: Awaited<ReturnType<typeof ask>>[] = [];
      let isOver = false;
      const asking = (async () => {
        const until = performance.now() + leastMs;
        for (let round = 0; round < 2 || performance.now() < until; round += 1) answers.push(await ask(round));
      })().finally(() => {
        isOver = true;
      });
      const claims: number[] = [];
      for (; !isOver; await delay(BETWEEN_CLAIMS_MS)) claims.push(await claim());
      await asking;
      const { p50, max } = spreadOf(answers.map(({ ms }) => ms));
      const first = spreadOf(answers.map(({ firstMs }) => firstMs)).p50;
      const kb = (answers.at(-1)?.bytes ?? 0) / 1000;
      table.row([
        what,
        kb.toFixed(kb < 10 ? 1 : 0),
        String(answers.length),
        ...[first, p50, max].map((ms) => ms.toFixed(0)),
        (memory.stop()[0]?.peak ?? Number.NaN).toFixed(0),
        ...spreadCells(spreadOf(claims)),
      ]);
    }
    const nothing = () => delay(leastMs, { bytes: 0, firstMs: 0, ms: 0 });

    // Operations that were there before get their places, keys come.
    await delay(3000);
    await measure(['nothing else', nothing]);
    for (const question of questionsOf(shape, ofAll, ofAFile)) await measure(question);
    for (const [what, queryOf] of LISTENERS) {
      if (!isAsked(what)) continue;
      const listening = await openListeners(target, { queryOf, sessions, aSession: LISTENERS_A_SESSION });
      await measure([`${listening.count} ${what}`, nothing]);
      await measure([`today.json beside ${listening.count} ${what}`, () => ofAll.ask('/today.json')]);
      say(`sent: ${JSON.stringify(listening.figures)}`);
      listening.close();
    }
    for (const one of [ofAll, ofAFile, claiming]) one.close();
  } finally {
    await platforms.stop();
  }

  async function addToken(name: string, ...args: string[]): Promise<string> {
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const given = ['--permissions', PERMISSIONS, '--until', until, ...args];
    return JSON.parse(await thirdParty.command(['token', 'add', name, ...given])).Token;
  }
}
