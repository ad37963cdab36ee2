import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { APIS, parseWallClock } from '@ticket-check/protocol';
import { type BoxOffice, makeBoxOffice } from '@ticket-check/simulators/box-office';
import { connectScanner, type Role } from '@ticket-check/simulators/dev-network';
import { ask, shanghaiTime } from '../../testing/client.ts';
import type { Site } from '../../testing/site.ts';
import { checkRecord, reportQuery, sellTickets, ticketQuery } from '../../testing/tickets.ts';
import { diskMbOf, MAX_MEMORY_MB, memoryMbOf } from '../processes.ts';
import { type ProofResult, until } from '../report.ts';
import { onSite, type Proof, type Run } from '../world.ts';
import { CALLED, type HostilePlatform, startHostilePlatform } from './hostile-platform.ts';

const CALLERS = ['third-party-platform', 'terminal-agent'] as const;
const PAUSE_MS = 500;
const REPORT_EVERY_SECONDS = 60;
/** On a busy machine the Apis that are called now and then take longer to come. */
const LONGER_SECONDS = 90;
/** Beside other tests a scan waits for the machine. */
const SCAN_LIMIT_MS = { alone: 4000, busy: 30_000 };
/** Of each caller: what is there at the start, and for each minute. 100,000 changes of one cinema are kept, with their index. */
const LOG_KB = { start: 150, minute: 30 };
const LINE_KB = 4;
const DISK_MB = { start: 60, minute: 1 };

/**
 * A terminal and a third-party platform below a platform that answers with too much, endlessly and with another generation each time: scans
 * are answered in time, logs, disks and memory stay within their bounds, and once it relents all that was queued arrives.
 */
export const hostile: Proof = {
  tried: 'seconds below platforms that answer too much',
  unit: 'seconds',
  size: 600,
  async run(run) {
    const boxOffice = makeBoxOffice({ now: parseWallClock(shanghaiTime(-86_400)) });
    const above = {
      'third-party-platform': await startHostilePlatform('national', boxOffice),
      'terminal-agent': await startHostilePlatform('third-party', boxOffice),
    };
    const settings = { 'terminal-agent': { RECHECK_SECONDS: '1,5,10', STATE_SECONDS: '30' } };
    await onSite(run, settings, (site) => endure(run, site, above, boxOffice));
    for (const { peer } of Object.values(above)) await peer.close();
  },
};

type Above = Record<(typeof CALLERS)[number], HostilePlatform>;

async function endure({ size, isBusy, result }: Run, site: Site, above: Above, boxOffice: BoxOffice): Promise<void> {
  const platforms = Object.values(above);
  const { cinemaCode } = boxOffice.cinema;
  await site.startAll(CALLERS);
  await site.command('third-party-platform', ['cinema', 'add', cinemaCode]);
  for (const role of CALLERS) await site.setUpstream(role, above[role].peer.bundle);
  const door = await site.issue('third-party-platform', 'door');
  const scan = await connectScanner(site);
  const tickets = sellTickets(boxOffice, (size + LONGER_SECONDS) * 10 + 40);
  for (const ticket of tickets) for (const platform of platforms) platform.sell(ticket);
  const next = () => tickets.pop()!;
  const [reported, admitted] = [[] as string[], [] as string[]];
  await until('keys at both', async () => {
    const { Verdict, RecordId } = await scan(next().ticketInfoCode);
    if (Verdict === 'ADMIT') admitted.push(RecordId!);
    return Verdict === 'ADMIT';
  });

  const from = performance.now();
  const elapsed = () => (performance.now() - from) / 1000;
  const missing = () => CALLED.filter((api) => !platforms.some(({ peer }) => peer.asked.includes(api)));
  const isShort = () => missing().some((api) => api !== APIS.listCheckRecords) && elapsed() < size + LONGER_SECONDS;
  for (let minute = 0; elapsed() < size || isShort(); await delay(PAUSE_MS)) {
    const [guest, other, ...several] = [next(), next(), next(), next(), next()];
    const askedAt = performance.now();
    const { Verdict, RecordId } = await scan(guest.ticketInfoCode);
    const tookMs = performance.now() - askedAt;
    if (tookMs > SCAN_LIMIT_MS[isBusy ? 'busy' : 'alone']) result.failures.push(`a scan took ${Math.round(tookMs)} ms`);
    if (Verdict === 'ADMIT') admitted.push(RecordId!);
    else if (Verdict !== 'REFUNDED') result.failures.push(`a guest was answered ${Verdict}`);
    const answer = await ask(door, 'ReportOriginalCheckTickets', reportQuery(cinemaCode, checkRecord(other)));
    if (answer.ReportResult === true) reported.push(other.filmTicketCode);
    await Promise.all(several.map((ticket) => ask(door, 'GetTicketInfo', ticketQuery(ticket))));
    result.times = Math.floor(elapsed());
    if (elapsed() > (minute + 1) * REPORT_EVERY_SECONDS) {
      minute += 1;
      for (const role of CALLERS) process.stderr.write(`${minute} min, ${role}: ${inWords(measure(site, role))}\n`);
    }
  }
  result.times = Math.floor(elapsed());
  // It ends with 1: what such a platform lists cannot be compared.
  for (const role of CALLERS) await site.command(role, ['reconcile']).catch(() => {});
  await until('every Api was called', () => missing().length === 0).catch(() => {
    result.failures.push(`no caller called ${missing().join(', ')}`);
  });
  for (const role of CALLERS) await judge(site, role, elapsed() / 60, result);
  for (const platform of platforms) platform.relent();

  // Everything that was queued arrives once they relent; what they refused is sent again by command.
  const left = () => {
    const codes = new Set<string>(above['third-party-platform'].peer.records.map((record) => record.filmTicketCode));
    const ids = new Set(above['terminal-agent'].peer.records.map(({ recordId }) => `${recordId}`));
    return [...reported.filter((code) => !codes.has(code)), ...admitted.filter((id) => !ids.has(id))].length;
  };
  const sentAgain = async () => {
    for (const role of CALLERS) await site.command(role, ['records', 'retry']);
    return left() === 0;
  };
  await until('everything arrived', sentAgain, { everyMs: 2000, withinMs: 120_000 }).catch(() => {});
  result.lost += left();
}

function measure(site: Site, role: Role) {
  const log = readFileSync(site.logFile(role), 'utf8');
  return {
    logKb: log.length / 1024,
    longestLineKb: Math.max(...log.split('\n').map(({ length }) => length)) / 1024,
    diskMb: diskMbOf(join(site.directory, role)),
    memoryMb: memoryMbOf(site.processOf(role)),
  };
}

const inWords = ({ logKb, diskMb, memoryMb }: ReturnType<typeof measure>): string =>
  `log ${Math.round(logKb)} KB, disk ${diskMb.toFixed(1)} MB, memory ${Math.round(memoryMb)} MB`;

async function judge(site: Site, role: Role, minutes: number, { failures, notes }: ProofResult): Promise<void> {
  const measured = measure(site, role);
  notes.push(`${role}: ${inWords(measured)}`);
  const bounds = {
    logKb: LOG_KB.start + minutes * LOG_KB.minute,
    longestLineKb: LINE_KB,
    diskMb: DISK_MB.start + minutes * DISK_MB.minute,
    memoryMb: MAX_MEMORY_MB,
  } satisfies typeof measured;
  for (const [name, bound] of Object.entries(bounds)) {
    const found = measured[name as keyof typeof bounds];
    if (found > bound) failures.push(`${role}: ${name} is ${Math.round(found)}, over ${Math.round(bound)}`);
  }
  const { status, upstream } = await site.health(role);
  const kinds = new Set((upstream.faults ?? []).map(({ kind }) => kind));
  if (status !== 'degraded') failures.push(`${role}: its health is ${status}`);
  for (const kind of ['unknown-word', 'unusable-reply', 'generation'])
    if (!kinds.has(kind)) failures.push(`${role}: health names no ${kind}`);
}
