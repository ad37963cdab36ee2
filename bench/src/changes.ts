import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { APIS, addSeconds, wallClockAt } from '@ticket-check/protocol';
import { sql } from 'kysely';
import { readThirdPartySettings } from '../../apps/third-party-platform/src/config.ts';
import { openDatabase } from '../../apps/third-party-platform/src/database.ts';
import { cpuSeconds } from './cpu.ts';
import { type Connection, openConnection } from './load.ts';
import { startPlatforms } from './platforms.ts';
import { machine, say } from './print.ts';
import { openClaims } from './senders.ts';
import { spreadCells, spreadOf } from './spread.ts';
import { CINEMA } from './tickets.ts';
import { wholeNumber } from './whole-number.ts';
import { workDirectory } from './work-directory.ts';

// How long claims take while a thousand terminals ask for changes every ten seconds, and what a page of changes costs.

const { values } = parseArgs({
  options: {
    terminals: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '10000,1000000' },
    cinemas: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '60' },
    port: { type: 'string', default: '19300' },
  },
});
const terminals = wholeNumber('terminals', values.terminals);
/** The changes are of so many in turn, one of which is the terminals'. */
const cinemas = wholeNumber('cinemas', values.cinemas);
const seconds = wholeNumber('seconds', values.seconds);
const sizes = values.changes.split(',').map((size) => wholeNumber('changes', size));
const EVERY_MS = 10_000;
/** Terminals of one account share it: to issue a thousand takes longer than what is measured. */
const ACCOUNTS = ['terminal-1', 'terminal-2', 'terminal-3', 'terminal-4'] as const;
const CLAIMED_A_SECOND = 150;

const platforms = await startPlatforms({
  directory: workDirectory(),
  port: wholeNumber('port', values.port),
  tickets: seconds * CLAIMED_A_SECOND * (sizes.length + 1),
  accounts: ACCOUNTS,
});
const { thirdParty, signed } = platforms;
const settings = readThirdPartySettings({ DATA_DIR: thirdParty.directory });
const store = await openDatabase(settings);

/** Adds refunds of sessions of this evening until there are so many. */
async function fillUpTo(count: number): Promise<void> {
  const { position } = await store.db.selectFrom('changeHead').select('position').executeTakeFirstOrThrow();
  const starts = addSeconds(wallClockAt(Date.now()), 3600);
  const first = Number(CINEMA);
  await store.transaction(async (trx) => {
    await sql`
      with recursive number (i) as (select ${position + 1} union all select i + 1 from number where i < ${count})
      insert into change (position, start_time, cinema_code, film_ticket_code, kind)
      select i, ${starts}, printf('%08d', ${first} + i % ${cinemas}), printf('%016d', i), 'refunded' from number
    `.execute(trx);
    await trx.updateTable('changeHead').set({ position: count }).execute();
  });
}

/** Asks for the page behind a cursor; answers how long that took, with what it holds. */
async function askPage(connection: Connection, account: (typeof ACCOUNTS)[number], cursor: string) {
  const { text, ms } = await connection.ask(signed(account, APIS.listChanges, { Cursor: cursor }));
  const next = /"Cursor":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  if (next === undefined) throw new Error(text.slice(-500));
  return { ms, next: JSON.parse(`"${next}"`) as string, more: text.includes('"More":true'), bytes: text.length };
}

/** What pages cost a terminal that begins to read, and one that has read everything. */
async function readThrough(): Promise<string> {
  const connection = openConnection(thirdParty.target());
  await connection.opened;
  const [full, idle]: [number[], number[]] = [[], []];
  const cpu = cpuSeconds(thirdParty.pid);
  let cursor = '';
  for (let more = true; more; ) {
    const page = await askPage(connection, 'terminal-1', cursor);
    ({ next: cursor, more } = page);
    full.push(page.ms);
  }
  const cpuOfAll = (cpuSeconds(thirdParty.pid) - cpu) * 1000;
  for (let asked = 0; asked < 200; asked += 1) idle.push((await askPage(connection, 'terminal-1', cursor)).ms);
  connection.close();
  const [first, last] = [spreadCells(spreadOf(full)), spreadCells(spreadOf(idle))];
  return `${full.length} pages from the beginning, p50 ${first[0]} ms, max ${first[2]} ms, ${(cpuOfAll / full.length).toFixed(1)} ms of CPU each; a page without news p50 ${last[0]} ms, p99 ${last[1]} ms`;
}

/** A thousand terminals that ask as often as they do, each at a moment of its own, until they are stopped. */
async function openTerminals() {
  const target = thirdParty.target();
  const taken: number[] = [];
  const connections = await Promise.all(
    Array.from({ length: terminals }, async (_, number) => {
      await delay((number * 2000) / terminals);
      const connection = openConnection(target);
      await connection.opened;
      return connection;
    }),
  );
  let isOver = false;
  const asking = connections.map(async (connection, number) => {
    const account = ACCOUNTS[number % ACCOUNTS.length] ?? ACCOUNTS[0];
    await delay((number * EVERY_MS) / terminals);
    for (let cursor = ''; !isOver; ) {
      const page = await askPage(connection, account, cursor);
      taken.push(page.ms);
      cursor = page.next;
      if (!page.more) await delay(EVERY_MS);
    }
  });
  return {
    taken,
    async stop() {
      isOver = true;
      await Promise.all(asking);
      for (const connection of connections) connection.close();
    },
  };
}

let claimed = 0;

async function measureClaims(name: string): Promise<void> {
  const claims = await openClaims(platforms, 'terminal-1', claimed);
  const cpu = cpuSeconds(thirdParty.pid);
  const taken = await claims.during(delay(seconds * 1000));
  claims.close();
  claimed += taken.length;
  const [p50, p99, max] = spreadCells(spreadOf(taken));
  const used = ((cpuSeconds(thirdParty.pid) - cpu) / seconds) * 100;
  say(
    `${name}: ${taken.length} claims, p50 ${p50} ms, p99 ${p99} ms, max ${max} ms; ${used.toFixed(0)} % of a processor`,
  );
}

try {
  say(`${machine()}, ${terminals} terminals, ${seconds} s a phase, changes of ${cinemas} cinemas in turn`);
  await measureClaims('no terminal asks for changes');
  for (const size of sizes) {
    await fillUpTo(size);
    say(`${size.toLocaleString('en')} changes: ${await readThrough()}`);
    const asking = await openTerminals();
    await measureClaims(`${terminals} terminals ask`);
    await asking.stop();
    const [p50, p99, max] = spreadCells(spreadOf(asking.taken));
    say(`  their ${asking.taken.length} pages: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`);
  }
} finally {
  await store.close();
  await platforms.stop();
}
process.exit();
