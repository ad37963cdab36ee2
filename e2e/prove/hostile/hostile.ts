import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { APIS, parseWallClock } from '@ticket-check/protocol';
import { makeBoxOffice } from '@ticket-check/simulators/box-office';
import { connectScanner, type Role } from '@ticket-check/simulators/dev-network';
import { ask, shanghaiTime } from '../../testing/client.ts';
import { checkRecord, reportQuery, ticketQuery } from '../../testing/tickets.ts';
import { nothingYet, type ProofResult } from '../proof-result.ts';
import { inLastWords, openProofSite, type ProofSite } from '../proof-site.ts';
import { sellMany } from '../sell-many.ts';
import { until } from '../until.ts';
import { CALLED, type HostilePlatform, startHostilePlatform } from './hostile-platform.ts';

const CALLERS = ['third-party-platform', 'terminal-agent'] as const satisfies readonly Role[];
const PAUSE_MS = 500;
const REPORT_EVERY_SECONDS = 60;
/** On a busy machine the Apis that are called now and then take longer to come. */
const LONGER_SECONDS = 90;
/** Beside other tests a scan waits for the machine. */
const SCAN_LIMIT_MS = { alone: 4000, busy: 30_000 };
/** Of each caller: what is there at the start, and for each minute. */
const LOG_KB = { start: 150, minute: 30 };
const LINE_KB = 4;
/** 100,000 changes of one cinema are kept, with their index. */
const DISK_MB = { start: 60, minute: 1 };
const MEMORY_MB = 450;

/**
 * Runs a terminal and a third-party platform for some seconds, each below a platform that answers every Api with too much, endlessly
 * and with another generation each time. Scans are answered in time, logs, disks and memory stay within their bounds, health says so, and
 * once the platforms relent all that was queued arrives. Measures are written to standard error each minute.
 */
export async function run(options: { seed: string; size: number; isBusy?: boolean }): Promise<ProofResult> {
  const { seed, size, isBusy = false } = options;
  const scanLimitMs = SCAN_LIMIT_MS[isBusy ? 'busy' : 'alone'];
  const result = nothingYet({ name: 'hostile', tried: 'seconds below platforms that answer too much', seed });
  const site = await openProofSite({ 'terminal-agent': { RECHECK_SECONDS: '1,5,10', STATE_SECONDS: '30' } });
  const platforms: HostilePlatform[] = [];
  try {
    const boxOffice = makeBoxOffice({ now: parseWallClock(shanghaiTime(-86_400)) });
    const above = {
      'third-party-platform': await startHostilePlatform('national', boxOffice),
      'terminal-agent': await startHostilePlatform('third-party', boxOffice),
    };
    platforms.push(...Object.values(above));
    const { cinemaCode } = boxOffice.cinema;
    await site.startAll(CALLERS);
    await site.command('third-party-platform', ['cinema', 'add', cinemaCode]);
    for (const role of CALLERS)
      await site.command(role, ['upstream', 'set', '-'], JSON.stringify(above[role].peer.bundle));
    const door = await site.issue('third-party-platform', 'door');
    const scan = await connectScanner(site);
    const tickets = sellMany(boxOffice, (size + LONGER_SECONDS) * 10 + 40);
    for (const ticket of tickets) for (const platform of platforms) platform.sell(ticket);
    const next = () => tickets.pop()!;
    const reported: string[] = [];
    const admitted: string[] = [];
    await until('keys at both', async () => {
      const { Verdict, RecordId } = await scan(next().ticketInfoCode);
      if (Verdict === 'ADMIT') admitted.push(RecordId!);
      return Verdict === 'ADMIT';
    });
    const from = performance.now();
    const elapsed = () => (performance.now() - from) / 1000;
    let minute = 0;
    const isShort = () =>
      missing(platforms).some((api) => api !== APIS.listCheckRecords) && elapsed() < size + LONGER_SECONDS;
    while (elapsed() < size || isShort()) {
      const [guest, other, ...several] = [next(), next(), next(), next(), next()];
      const askedAt = performance.now();
      const { Verdict, RecordId } = await scan(guest.ticketInfoCode);
      const tookMs = performance.now() - askedAt;
      if (tookMs > scanLimitMs) result.failures.push(`a scan took ${Math.round(tookMs)} ms`);
      if (Verdict === 'ADMIT') admitted.push(RecordId!);
      else if (Verdict !== 'REFUNDED') result.failures.push(`a guest was answered ${Verdict}`);
      const answer = await ask(door, 'ReportOriginalCheckTickets', reportQuery(cinemaCode, checkRecord(other)));
      if (answer.ReportResult === true) reported.push(other.filmTicketCode);
      await Promise.all(several.map((ticket) => ask(door, 'GetTicketInfo', ticketQuery(ticket))));
      result.times += 1;
      if (elapsed() > (minute + 1) * REPORT_EVERY_SECONDS) {
        minute += 1;
        for (const role of CALLERS) process.stderr.write(`${minute} min, ${role}: ${inWords(measure(site, role))}\n`);
      }
      await delay(PAUSE_MS);
    }
    // It ends with 1: what such a platform lists cannot be compared.
    for (const role of CALLERS) await site.command(role, ['reconcile']).catch(() => {});
    await until('every Api was called', () => missing(platforms).length === 0).catch(() => {
      result.failures.push(`no caller called ${missing(platforms).join(', ')}`);
    });
    for (const role of CALLERS) await judge(site, role, elapsed() / 60, result);
    for (const platform of platforms) platform.relent();
    await arrived(site, above, { reported, admitted }, result);
  } catch (error) {
    result.failures.push(inLastWords(site, error));
  } finally {
    await site.close();
    await Promise.all(platforms.map(({ peer }) => peer.close()));
  }
  return result;
}

function missing(platforms: readonly HostilePlatform[]): string[] {
  const asked = new Set(platforms.flatMap(({ peer }) => peer.asked));
  return CALLED.filter((api) => !asked.has(api));
}

interface Measured {
  logKb: number;
  longestLineKb: number;
  diskMb: number;
  memoryMb: number;
}

function measure(site: ProofSite, role: Role): Measured {
  const log = readFileSync(site.logFile(role), 'utf8');
  const status = readFileSync(`/proc/${site.processOf(role)}/status`, 'utf8');
  return {
    logKb: log.length / 1024,
    longestLineKb: Math.max(...log.split('\n').map(({ length }) => length)) / 1024,
    diskMb: sizeOf(join(site.directory, role)) / 1024 ** 2,
    memoryMb: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024,
  };
}

const inWords = ({ logKb, diskMb, memoryMb }: Measured): string =>
  `log ${Math.round(logKb)} KB, disk ${diskMb.toFixed(1)} MB, memory ${Math.round(memoryMb)} MB`;

const sizeOf = (directory: string): number =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );

async function judge(site: ProofSite, role: Role, minutes: number, { failures, notes }: ProofResult): Promise<void> {
  const measured = measure(site, role);
  notes.push(`${role}: ${inWords(measured)}`);
  const bounds: [keyof Measured, number][] = [
    ['logKb', LOG_KB.start + minutes * LOG_KB.minute],
    ['longestLineKb', LINE_KB],
    ['diskMb', DISK_MB.start + minutes * DISK_MB.minute],
    ['memoryMb', MEMORY_MB],
  ];
  for (const [name, most] of bounds)
    if (measured[name] > most)
      failures.push(`${role}: ${name} is ${Math.round(measured[name])}, of ${Math.round(most)}`);
  const { status, upstream } = JSON.parse((await site.get(role, '/health')).text);
  const kinds = new Set((upstream.faults ?? []).map(({ kind }: { kind: string }) => kind));
  if (status !== 'degraded') failures.push(`${role}: its health is ${status}`);
  for (const kind of ['unknown-word', 'unusable-reply', 'generation'])
    if (!kinds.has(kind)) failures.push(`${role}: health names no ${kind}`);
}

/** Everything that was queued is at the platforms above once they relent; what they refused is sent again by command. */
async function arrived(
  site: ProofSite,
  above: Record<(typeof CALLERS)[number], HostilePlatform>,
  { reported, admitted }: { reported: readonly string[]; admitted: readonly string[] },
  result: ProofResult,
): Promise<void> {
  const left = () => {
    const tickets = new Set(
      above['third-party-platform'].peer.records.map(({ filmTicketCode }) => `${filmTicketCode}`),
    );
    const ids = new Set(above['terminal-agent'].peer.records.map(({ recordId }) => `${recordId}`));
    return [...reported.filter((code) => !tickets.has(code)), ...admitted.filter((id) => !ids.has(id))].length;
  };
  await until(
    'everything arrived',
    async () => {
      for (const role of CALLERS) await site.command(role, ['records', 'retry']);
      return left() === 0;
    },
    { everyMs: 2000, withinMs: 120_000 },
  ).catch(() => {});
  result.lost += left();
}
