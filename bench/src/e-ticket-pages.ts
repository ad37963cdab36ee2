import { createPrivateKey } from 'node:crypto';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { APIS, eTicketOrderQueryJson, wallClockAt, writeRequest } from '@ticket-check/protocol';
import { cpuSeconds } from './cpu.ts';
import { ACCOUNTS, requestMaker } from './evening/requests.ts';
import { askResting, maxResting } from './evening/resting.ts';
import { createTally } from './evening/tally.ts';
import { openConnection, openLoad, postRequest } from './load.ts';
import { watchMemory } from './memory.ts';
import { metricOf } from './metrics.ts';
import { putPlainAbove } from './plain-above.ts';
import { startPlatforms } from './platforms.ts';
import { machine, say } from './print.ts';
import { openClaims } from './senders.ts';
import { spreadCells, spreadOf } from './spread.ts';
import { CINEMA, codeOf } from './tickets.ts';
import { wholeNumber } from './whole-number.ts';
import { workDirectory } from './work-directory.ts';

// What thousands of open e-ticket pages cost a third-party platform, how many calls to the national platform they become, and
// how long a terminal's claims take beside them, or with --callers those of an evening; with --plain below a national platform
// that tells of no changes, so that each ticket on an open page has to be asked about.

const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '60' },
    port: { type: 'string', default: '19200' },
    plain: { type: 'boolean', default: false },
    /** Connections that send the mix of an evening, with rests, in place of the one terminal. */
    callers: { type: 'string' },
  },
});
const pages = wholeNumber('pages', values.pages);
const seconds = wholeNumber('seconds', values.seconds);
const port = wholeNumber('port', values.port);
const callers = values.callers === undefined ? 0 : wholeNumber('callers', values.callers);
const OPENED_AT_ONCE = 25;
/** More than are used in both phases. */
const OTHER_TICKETS = Math.max(60_000, 2 * maxResting(callers, seconds * 1000));
/** One address may have half of its connections for pages. */
const CONNECTIONS = String(3 * pages + callers + 1000);

const [nationalConsole, consolePort] = [port + 2, port + 3];
const platforms = await startPlatforms({
  directory: workDirectory(),
  port,
  tickets: pages + OTHER_TICKETS,
  accounts: ACCOUNTS,
  settings: {
    CONSOLE_PORT: String(consolePort),
    MAX_CONNECTIONS: CONNECTIONS,
    MAX_CONNECTIONS_PER_ADDRESS: CONNECTIONS,
    E_TICKET_PAGES: String(pages),
  },
  nationalSettings: { CONSOLE_PORT: String(nationalConsole) },
});
const { national, thirdParty, tickets, ukey } = platforms;
const { ca } = thirdParty.target();
const plain = values.plain ? await putPlainAbove(platforms) : undefined;

const metric = (name: string) => metricOf({ ...thirdParty.target(), port: consolePort }, name);
/** How many calls the national platform was sent so far, of whatever kind. */
const callsAbove = () =>
  plain === undefined
    ? metricOf({ ...national.target(), port: nationalConsole }, 'http_request_duration_seconds_count', 'route="/"')
    : plain.calls();

async function makeLinks(): Promise<string[]> {
  const seller = await thirdParty.addAccount('seller', CINEMA, '--seller');
  const privateKey = createPrivateKey(seller.PrivateKey);
  const connection = openConnection(thirdParty.target());
  await connection.opened;
  const links: string[] = [];
  for (const ticket of tickets.slice(0, pages)) {
    const query = eTicketOrderQueryJson({ ...ticket, ticketInfoCode: codeOf(ticket, ukey.privateKey) });
    const [datetime, api, username] = [wallClockAt(Date.now()), APIS.createETicket, seller.Username];
    const body = writeRequest({ datetime, username, api, query, privateKey, form: 'hex' });
    const { text } = await connection.ask(postRequest(body, {}));
    const token = /"Token":"([^"]+)"/.exec(text)?.[1];
    if (token === undefined) throw new Error(text.slice(-500));
    links.push(`/t/${token}/events`);
  }
  connection.close();
  return links;
}

const told = { events: 0, bytes: 0, opened: 0 };

/** Listens as an open page does, until the process ends. */
function listen(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: port + 1, path, ca, agent: false }, (reply) => {
      if (reply.statusCode !== 200) reject(new Error(`a page was answered ${reply.statusCode}`));
      told.opened += 1;
      reply.on('data', (part: Buffer) => {
        told.bytes += part.length;
        told.events += part.includes('event: told') ? 1 : 0;
        resolve();
      });
      reply.on('error', () => {});
    })
      .once('error', reject)
      .end();
  });
}

const terminal = callers === 0 ? await openClaims(platforms, 'gates', pages) : undefined;
const maker = requestMaker(platforms, pages);

/** Guests that go in for the time of a phase; answers what is to be said of their calls. */
async function claimOneByOne(claims: Awaited<ReturnType<typeof openClaims>>): Promise<string> {
  const taken = await claims.during(delay(seconds * 1000));
  const [p50, p99, max] = spreadCells(spreadOf(taken));
  return `${taken.length} claims, p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`;
}

/** The calls of an evening, signed beforehand, over connections that rest between them; answers the same. */
async function openEvening(): Promise<() => Promise<string>> {
  const requests = maker.evening(maxResting(callers, seconds * 1000));
  const load = await openLoad({ ...thirdParty.target(), connections: callers });
  return async () => {
    let isOver = false;
    const ended = setTimeout(() => {
      isOver = true;
    }, seconds * 1000);
    const tally = createTally();
    await askResting(load, { requests, tally, isOver: () => isOver });
    clearTimeout(ended);
    load.close();
    const { answersASecond, byCode, withoutState, claims, ...all } = tally.figures();
    const [p50, p99, max] = spreadCells(all);
    const [claimsP50, claimsP99, claimsMax] = spreadCells(claims);
    const codes = [...byCode].map(([code, count]) => `${code} ${count}`).join(', ');
    return [
      `${answersASecond.toFixed(0)} answers a second (${codes}), p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`,
      `  claims among them: p50 ${claimsP50} ms, p99 ${claimsP99} ms, max ${claimsMax} ms, ${(withoutState * 100).toFixed(1)} % without the state`,
    ].join('\n');
  };
}

async function phase(name: string): Promise<void> {
  const guests = terminal === undefined ? await openEvening() : () => claimOneByOne(terminal);
  const memory = watchMemory([thirdParty.pid]);
  const startedAt = performance.now();
  const before = {
    cpu: cpuSeconds(thirdParty.pid),
    ...told,
    asked: await metric('e_ticket_questions_total'),
    calls: await callsAbove(),
  };
  const ofGuests = await guests();
  const took = (performance.now() - startedAt) / 1000;
  const [{ peak } = { peak: Number.NaN }] = memory.stop();
  const cpu = ((cpuSeconds(thirdParty.pid) - before.cpu) / took) * 100;
  const asked = (await metric('e_ticket_questions_total')) - before.asked;
  const calls = (await callsAbove()) - before.calls;
  say(`${name}: ${ofGuests}`);
  say(`  the platform: ${peak.toFixed(0)} MB at the most, ${cpu.toFixed(0)} % of a processor`);
  say(
    `  pages: ${((told.events - before.events) / took).toFixed(0)} renewed a second, ${((told.bytes - before.bytes) / took / 1024).toFixed(0)} KiB a second; ${(asked / took).toFixed(1)} questions a second to the national platform`,
  );
  say(
    `  calls to the national platform, of pages, guests and all else: ${calls}, ${(calls / took).toFixed(1)} a second`,
  );
}

try {
  const above = values.plain ? ', a plain national platform' : '';
  const guests = callers === 0 ? 'one terminal' : `an evening over ${callers} connections`;
  say(`${machine()}, ${pages} pages, ${guests}, ${seconds} s a phase${above}`);
  const links = await makeLinks();
  await phase('no page open');
  const startedAt = performance.now();
  for (let from = 0; from < links.length; from += OPENED_AT_ONCE) {
    await Promise.all(links.slice(from, from + OPENED_AT_ONCE).map(listen));
  }
  say(
    `all open after ${((performance.now() - startedAt) / 1000).toFixed(1)} s; ${await metric('e_ticket_pages_open')} are`,
  );
  await phase(`${pages} pages open`);
} finally {
  terminal?.close();
  plain?.stop();
  await platforms.stop();
}
process.exit();
