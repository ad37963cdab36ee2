import { createPrivateKey } from 'node:crypto';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type PeerPlatform, startNationalPlatform } from '@ticket-check/peers';
import {
  APIS,
  createETicketQueryJson,
  parsePublicKey,
  parseWallClock,
  wallClockAt,
  writeRequest,
} from '@ticket-check/protocol';
import { openClaims } from './claims.ts';
import { cpuSeconds } from './cpu.ts';
import { openConnection, postRequest } from './load.ts';
import { watchMemory } from './memory.ts';
import { startPlatforms } from './platforms.ts';
import { machine, say } from './print.ts';
import { spreadCells, spreadOf } from './spread.ts';
import { CINEMA, codeOf } from './tickets.ts';
import { workDirectory } from './work-directory.ts';

// What thousands of open e-ticket pages cost a third-party platform, and how long a terminal's claims take beside them; with
// --plain below a national platform that tells of no changes, so that each ticket on an open page has to be asked about.

const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '60' },
    port: { type: 'string', default: '19200' },
    plain: { type: 'boolean', default: false },
  },
});
const [pages, seconds, port] = [Number(values.pages), Number(values.seconds), Number(values.port)];
const OPENED_AT_ONCE = 25;
/** More than are claimed in all phases. */
const CLAIMED = 60_000;

const consolePort = port + 2;
const platforms = await startPlatforms({
  directory: workDirectory(),
  port,
  tickets: pages + CLAIMED,
  accounts: ['terminal-1'],
  settings: { CONSOLE_PORT: String(consolePort), MAX_CONNECTIONS_PER_ADDRESS: '20000', MAX_CONNECTIONS: '20000' },
});
const { national, thirdParty, tickets, ukey } = platforms;
const { ca } = thirdParty.target();

/** Puts a platform that speaks the scheme alone, in this process, in the place of the national one. */
async function plainAbove(): Promise<PeerPlatform> {
  const key = { ...parsePublicKey(ukey.spki), startTime: parseWallClock(ukey.row.StartTime) };
  const plain = await startNationalPlatform({ kind: 'plain', cinemaCodes: [CINEMA], keys: [[CINEMA, [key]]] });
  for (const ticket of tickets) plain.sell({ ...ticket, checkStatus: 'No', refundStatus: 'No', refundTime: null });
  await national.stop();
  await thirdParty.command(['upstream', 'set', '-'], JSON.stringify(plain.bundle));
  await platforms.ready();
  return plain;
}

async function metric(name: string): Promise<number> {
  const text = await new Promise<string>((resolve, reject) => {
    request({ host: '127.0.0.1', port: consolePort, path: '/metrics', ca, agent: false }, (reply) => {
      let body = '';
      reply.setEncoding('utf8').on('data', (part) => (body += part));
      reply.on('end', () => resolve(body));
    })
      .once('error', reject)
      .end();
  });
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

async function makeLinks(): Promise<string[]> {
  const seller = await thirdParty.addAccount('seller', CINEMA, '--seller');
  const privateKey = createPrivateKey(seller.PrivateKey);
  const connection = openConnection(thirdParty.target());
  await connection.opened;
  const links: string[] = [];
  for (const ticket of tickets.slice(0, pages)) {
    const query = createETicketQueryJson({ ...ticket, ticketInfoCode: codeOf(ticket, ukey.privateKey) });
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

async function phase(name: string, first: number): Promise<number> {
  const claims = await openClaims(platforms, 'terminal-1', first);
  const memory = watchMemory([thirdParty.pid]);
  const before = { cpu: cpuSeconds(thirdParty.pid), ...told, asked: await metric('e_ticket_questions_total') };
  const taken = await claims.during(delay(seconds * 1000));
  claims.close();
  const [{ peak } = { peak: Number.NaN }] = memory.stop();
  const [p50, p99, max] = spreadCells(spreadOf(taken));
  const cpu = ((cpuSeconds(thirdParty.pid) - before.cpu) / seconds) * 100;
  const asked = (await metric('e_ticket_questions_total')) - before.asked;
  say(`${name}: ${taken.length} claims, p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`);
  say(`  the platform: ${peak.toFixed(0)} MB at the most, ${cpu.toFixed(0)} % of a processor`);
  say(
    `  pages: ${((told.events - before.events) / seconds).toFixed(0)} renewed a second, ${((told.bytes - before.bytes) / seconds / 1024).toFixed(0)} KiB a second; ${(asked / seconds).toFixed(1)} questions a second to the national platform`,
  );
  return first + taken.length;
}

let plain: PeerPlatform | undefined;
try {
  if (values.plain) plain = await plainAbove();
  say(`${machine()}, ${pages} pages, ${seconds} s a phase${values.plain ? ', a plain national platform' : ''}`);
  const links = await makeLinks();
  const next = await phase('no page open', pages);
  const startedAt = performance.now();
  for (let from = 0; from < links.length; from += OPENED_AT_ONCE) {
    await Promise.all(links.slice(from, from + OPENED_AT_ONCE).map(listen));
  }
  say(
    `all open after ${((performance.now() - startedAt) / 1000).toFixed(1)} s; ${await metric('e_ticket_pages_open')} are`,
  );
  await phase(`${pages} pages open`, next);
} finally {
  await Promise.all([platforms.stop(), plain?.close()]);
}
process.exit();
