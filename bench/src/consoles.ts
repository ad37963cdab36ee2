import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { APIS, addSeconds, businessDay, parseRecordId } from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import { machine, printTable, readOptions, say, spreadCells, spreadOf, workDirectory } from './command-line.ts';
import { dateBefore, fillStore } from './large-store.ts';
import { openConnection } from './load.ts';
import { startPlatforms } from './platforms.ts';
import { CINEMA, claimQueryOf } from './tickets.ts';
import { watchMemory } from './usage.ts';

// How long the console of a third-party platform as it ships takes to answer with millions of records, and claims beside it.

const options = readOptions({
  days: 30,
  'a-day': 300_000,
  /** Each question is asked again for so long, and twice at least. */
  seconds: 3,
  /** Only what has one of these in its name, separated by commas. */
  only: '',
  port: 19500,
});
const { days, port } = options;
const shape = {
  days,
  aDay: options['a-day'],
  cinemas: 300,
  /** Among them is the one that tickets are sold for. */
  firstCinema: Number(CINEMA) - 150,
};
const leastMs = options.seconds * 1000;

const TICKETS = 30_000;
const BETWEEN_CLAIMS_MS = 5;
/** The most cinemas whose records of a day fit into one file. */
const CINEMAS_OF_A_FILE = 190;

/** A path of the console that is asked repeatedly, by the number of the round; a past business date, another in each round. */
type Question = readonly [name: string, pathOf: (round: number) => string];

const dateIn = (round: number) => dateBefore(1 + (round % (days - 2)));
const ofADay =
  (path: string, more = '') =>
  (round: number) =>
    `${path}?businessDate=${dateIn(round)}${more}`;
const deepInADay = (more: string) => (round: number) => {
  const after = JSON.stringify([addSeconds(businessDay(dateIn(round)).from, 8 * 3600), '', '']);
  return ofADay('/records.json', `${more}&after=${encodeURIComponent(after)}`)(round);
};
const recordId = (round: number) =>
  `00000000-0000-8000-8000-${String((round * 37_123) % (days * shape.aDay)).padStart(12, '0')}`;
const week = `since=${dateBefore(7)}&until=${dateBefore(1)}`;
const ofCinema = `&cinema=${CINEMA}`;
const some = Array.from({ length: CINEMAS_OF_A_FILE }, (_, index) => shape.firstCinema + index).join(',');

const QUESTIONS: readonly Question[] = [
  ...['/today.json', '/worklist.json', '/worklist.json?state=noted'].map(
    (path): Question => [path.slice(1), () => path],
  ),
  ...['parked', 'quarantined'].map((kind): Question => [`outbox.json, ${kind}`, () => `/outbox.json?kind=${kind}`]),
  ['records.json, a cinema’s day', ofADay('/records.json', ofCinema)],
  ['records.json, a day of all', ofADay('/records.json')],
  ['records.json, deep in a cinema’s day', deepInADay(ofCinema)],
  ['records.json, deep in a day of all', deepInADay('')],
  ...['terminal=terminal-7-1', 'gate=gate-2', 'film=001100000012', 'state=QUARANTINED', 'ticket=9999999999999999'].map(
    (filter): Question => [`records.json, ${filter}`, ofADay('/records.json', `&${filter}`)],
  ),
  ['record.json', (round) => `/record.json?id=${recordId(round)}`],
  ...['session', 'screen', 'account'].map(
    (by): Question => [`report.json, a cinema’s by ${by}`, ofADay('/report.json', `${ofCinema}&by=${by}`)],
  ),
  ...['cinema', 'screen', 'account'].map(
    (by): Question => [`report.json, all by ${by}`, ofADay('/report.json', `&by=${by}`)],
  ),
  ['completeness.json, a week of all', () => `/completeness.json?${week}`],
  ['completeness.json, a week of a cinema', () => `/completeness.json?${week}${ofCinema}`],
  ['report.xlsx, all by session', ofADay('/report.xlsx', '&by=session')],
  [`records.xlsx, a day of ${CINEMAS_OF_A_FILE} cinemas`, ofADay('/records.xlsx')],
];

const directory = workDirectory();
const settings = { CONSOLE_PORT: String(port + 2) };
const platforms = await startPlatforms({ directory, port, tickets: TICKETS, accounts: ['terminal'], settings });
const { thirdParty, tickets, ukey, signed } = platforms;
try {
  await thirdParty.stop();
  await fillStore(thirdParty.directory, shape);
  // Tokens are made before there are operators, who would have to be named.
  const [ofAll, ofAFile] = [await addToken('all', '--all-cinemas'), await addToken('file', '--cinemas', some)];
  await thirdParty.start();
  await platforms.ready();
  const { ca } = thirdParty.target();
  const agent = new Agent({ keepAlive: true, ca });
  const claiming = openConnection(thirdParty.target());
  await claiming.opened;

  say(`${machine()}; encrypted SQLite; milliseconds`);
  const table = printTable([
    ['', 52],
    ['KB', 8],
    ['asked', 6],
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

  /** Asks for a path of the console and reads the answer; the number of its bytes. */
  async function ask(path: string): Promise<number> {
    const headers = { authorization: `Bearer ${path.startsWith('/records.xlsx') ? ofAFile : ofAll}` };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: '127.0.0.1', port: port + 2, path, agent, headers }, resolve).once('error', reject);
    });
    if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode}`);
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length;
    return bytes;
  }

  /** Asks a question again and again, while a terminal claims one ticket after the other. */
  async function measure(what: string, once: (round: number) => Promise<number>): Promise<void> {
    const memory = watchMemory([thirdParty.pid]);
    const times: number[] = [];
    let [isOver, bytes] = [false, 0];
    const asking = (async () => {
      const until = performance.now() + leastMs;
      for (let round = 0; round < 2 || performance.now() < until; round += 1) {
        const startedAt = performance.now();
        bytes = await once(round);
        times.push(performance.now() - startedAt);
      }
    })().finally(() => {
      isOver = true;
    });
    const claims: number[] = [];
    for (; !isOver; await delay(BETWEEN_CLAIMS_MS)) claims.push(await claim());
    await asking;
    const { p50, max } = spreadOf(times);
    table.row([
      what,
      (bytes / 1000).toFixed(1),
      String(times.length),
      ...[p50, max].map((ms) => ms.toFixed(0)),
      (memory.stop()[0]?.peak ?? Number.NaN).toFixed(0),
      ...spreadCells(spreadOf(claims)),
    ]);
  }

  await measure('nothing else', () => delay(leastMs / 2, 0));
  for (const [what, pathOf] of QUESTIONS) {
    if (options.only.split(',').some((part) => what.includes(part))) await measure(what, (round) => ask(pathOf(round)));
  }
  agent.destroy();
  claiming.close();
} finally {
  await platforms.stop();
}

async function addToken(name: string, ...args: string[]): Promise<string> {
  const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const permissions = ['--permissions', 'records.read,fleet.read,service.manage', '--until', until];
  return JSON.parse(await thirdParty.command(['token', 'add', name, ...permissions, ...args])).Token;
}
