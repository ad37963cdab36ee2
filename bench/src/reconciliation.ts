import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  APIS,
  addSeconds,
  businessDate,
  businessDay,
  checkTicketJson,
  parseRecordId,
  wallClockAt,
} from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import { openConnection } from './load.ts';
import { startPlatforms } from './platforms.ts';
import { machine, say } from './print.ts';
import { openClaims } from './senders.ts';
import { spreadCells, spreadOf } from './spread.ts';
import { codeOf } from './tickets.ts';
import { wholeNumber } from './whole-number.ts';
import { workDirectory } from './work-directory.ts';

// A business date with many records compared between a third-party and a national platform as they ship, and what a claim waits meanwhile.

const { values } = parseArgs({
  options: { records: { type: 'string', default: '100000' }, port: { type: 'string', default: '19400' } },
});
const count = wholeNumber('records', values.records);
const port = wholeNumber('port', values.port);
/** So many records of one ticket count through one account; a code takes longer to make than a record to keep. */
const ENTRIES_A_TICKET = 16;
const RECORDS_A_CALL = 1000;
const CLAIMS = 3000;
/** Of the business date, beginning at ten in the morning. */
const FIRST_CHECK_SECONDS = 4 * 3600;
const OPEN_SECONDS = 12 * 3600;

const entered = Math.ceil(count / ENTRIES_A_TICKET);
const platforms = await startPlatforms({
  directory: workDirectory(),
  port,
  tickets: entered + CLAIMS,
  accounts: ['terminal'],
});
const { thirdParty, national, tickets, ukey, signed } = platforms;
try {
  const connection = openConnection(thirdParty.target());
  await connection.opened;
  const date = businessDate(addSeconds(wallClockAt(Date.now()), -86_400));
  const opening = addSeconds(businessDay(date).from, FIRST_CHECK_SECONDS);
  const codes = tickets.slice(0, entered).map((ticket) => codeOf(ticket, ukey.privateKey));
  const records = Array.from({ length: count }, (_, n) => {
    const ticket = tickets[n % entered] as (typeof tickets)[number];
    const checkTime = addSeconds(opening, Math.floor((n * OPEN_SECONDS) / count));
    const record = {
      ...ticket,
      recordId: parseRecordId(uuidv7()),
      ticketInfoCode: codes[n % entered] ?? '',
      checkTime,
      overriddenVerdict: null,
    };
    return checkTicketJson(record, { extended: true, priceForm: 'two-decimals' });
  });
  for (let from = 0; from < count; from += RECORDS_A_CALL) {
    const CheckTickets = records.slice(from, from + RECORDS_A_CALL);
    const { text } = await connection.ask(
      signed('terminal', APIS.reportOriginalCheckTickets, { CinemaCode: tickets[0]?.cinemaCode, CheckTickets }),
    );
    if (!text.includes('"ReportResult":true')) throw new Error(text.slice(-500));
  }
  const reconcile = (...args: string[]) => thirdParty.command(['reconcile', '--business-date', date, ...args]);
  while (JSON.parse(await national.command(['records', 'count'])).Entries < count) await delay(1000);
  while ((await reconcile('--all')) !== '') await delay(1000);
  say(`${machine()}; encrypted SQLite; ${count.toLocaleString('en')} records of a business date at both platforms`);

  const claims = await openClaims(platforms, 'terminal', entered);
  const tell = async (what: string, work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, peakOfChildren());
    }, 50);
    const waited = await claims.during(work());
    clearInterval(watch);
    const [p50, p99, max] = spreadCells(spreadOf(waited));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    say(
      `${what}: ${seconds} s, ${peak} MiB; ${waited.length} claims meanwhile, ms: p50 ${p50}, p99 ${p99}, max ${max}`,
    );
  };
  await tell('nothing else', () => delay(5000));
  await tell('reconcile, nothing differs', () => reconcile());
  connection.close();
  claims.close();
} finally {
  await platforms.stop();
}

/** The most memory that a command which this process has started held so far, in MiB. */
function peakOfChildren(): number {
  const peaks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0reconcile\0')) return 0;
        return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
      } catch {
        return 0;
      }
    });
  return Math.round(Math.max(0, ...peaks) / 1024);
}
