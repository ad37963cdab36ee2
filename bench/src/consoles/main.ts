import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { watchMemory } from '../memory.ts';
import { startPlatforms } from '../platforms.ts';
import { machine, say } from '../print.ts';
import { spreadCells, spreadOf } from '../spread.ts';
import { printTable } from '../table.ts';
import { CINEMA } from '../tickets.ts';
import { wholeNumber } from '../whole-number.ts';
import { workDirectory } from '../work-directory.ts';
import { openConsole, openListeners } from './console.ts';
import { largeStore } from './large-store.ts';
import { nationalConsole } from './national.ts';
import { asking, CINEMAS_OF_A_FILE, type Question } from './questions.ts';
import { thirdPartyConsole } from './third-party.ts';

// What people's consoles wait for where a platform as it ships has millions of records, and what goes on beside it waits meanwhile.

const { values } = parseArgs({
  options: {
    /** Whose console: `third-party` or `national`. */
    platform: { type: 'string', default: 'third-party' },
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

const measured = [thirdPartyConsole, nationalConsole].find(({ role }) => role === `${values.platform}-platform`);
if (measured === undefined) {
  process.stderr.write(`--platform is third-party or national, not ${values.platform}.\n`);
  process.exit(2);
}
const { role } = measured;
const kept = largeStore(shape, measured.filling, values.server ?? null);
await kept.make();
if (!values.fill) await measureAll(measured);

async function measureAll({
  permissions,
  tickets,
  prepare,
  senders,
  questions,
  listeners,
  besideListeners,
}: NonNullable<typeof measured>): Promise<void> {
  const directory = workDirectory();
  const consolePort = port + 2;
  const settings = { CONSOLE_PORT: String(consolePort), ...(await kept.copyTo(join(directory, role))) };
  const platforms = await startPlatforms({
    directory,
    port,
    tickets,
    accounts: ['terminal'],
    ...(role === 'national-platform' ? { nationalSettings: settings } : { settings }),
  });
  const service = role === 'national-platform' ? platforms.national : platforms.thirdParty;
  try {
    const { ca } = service.target();
    const target = { port: consolePort, ca };
    const ofAll = openConsole(target, await addToken('all', '--all-cinemas'));
    const ofAFile = openConsole(target, await addToken('file', '--cinemas', cinemasFrom(CINEMAS_OF_A_FILE)));
    // Accounts are made before there are operators, who would have to be named.
    const beside = await senders(platforms);
    const sessions = await prepare(platforms, shape, settings);

    say(`${role}, ${machine()}; ${values.server === undefined ? 'encrypted SQLite' : 'PostgreSQL'}; milliseconds`);
    const table = printTable([
      { title: '', width: 52, align: 'left' },
      { title: 'KB', width: 8 },
      { title: 'asked', width: 6 },
      { title: 'first', width: 7 },
      { title: 'p50', width: 7 },
      { title: 'max', width: 7 },
      { title: 'MB', width: 5 },
      ...beside.flatMap(([name]) => [
        { title: `${name} p50`, width: 11 },
        { title: 'p99', width: 6 },
        { title: 'max', width: 6 },
      ]),
    ]);
    const isAsked = (what: string) => only.some((part) => what.includes(part));

    async function measure([what, ask]: Question) {
      if (!isAsked(what)) return;
      const memory = watchMemory([service.pid]);
      const answers: Awaited<ReturnType<typeof ask>>[] = [];
      const going = (async () => {
        const until = performance.now() + leastMs;
        for (let round = 0; round < 2 || performance.now() < until; round += 1) answers.push(await ask(round));
      })();
      const waited = await Promise.all(beside.map(([, sender]) => sender.during(going)));
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
        ...waited.flatMap((times) => spreadCells(spreadOf(times))),
      ]);
    }
    async function nothing() {
      await delay(leastMs);
      return { bytes: 0, firstMs: 0, ms: 0, text: '' };
    }

    // Operations that were there before get their places, keys come.
    await delay(3000);
    await measure(['nothing else', nothing]);
    for (const question of questions(asking(shape, { ofAll, ofAFile }))) await measure(question);
    for (const [what, queryOf] of listeners(shape)) {
      if (!isAsked(what)) continue;
      const listening = await openListeners(target, { queryOf, sessions, aSession: LISTENERS_A_SESSION });
      const [name, path] = besideListeners;
      await measure([`${listening.count} ${what}`, nothing]);
      await measure([`${name} beside ${listening.count} ${what}`, () => ofAll.ask(path)]);
      say(`told: ${JSON.stringify(listening.figures())}`);
      listening.close();
    }
    for (const one of [ofAll, ofAFile, ...beside.map(([, sender]) => sender)]) one.close();
  } finally {
    await platforms.stop();
    await kept.forgetCopy();
  }

  async function addToken(name: string, ...args: string[]): Promise<string> {
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const given = ['--permissions', permissions, '--until', until, ...args];
    return JSON.parse(await service.command(['token', 'add', name, ...given])).Token;
  }
}

/** Codes of so many cinemas, the one that tickets are sold for among them. */
function cinemasFrom(count: number): string {
  return Array.from({ length: count }, (_, index) => String(shape.firstCinema + index)).join(',');
}
