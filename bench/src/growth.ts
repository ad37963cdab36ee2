import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import {
  type CheckRecordTables,
  checkRecordMigrations,
  createRecordStore,
  createRetention,
  type ReceivedRecord,
  type RecordStore,
} from '@ticket-check/check-records';
import { addSeconds, parseRecordId, wallClockAt } from '@ticket-check/protocol';
import { openStore, type Store, sqliteUrl } from '@ticket-check/storage';
import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import {
  machine,
  printTable,
  readOptions,
  say,
  spreadCells,
  spreadOf,
  timed,
  wholeNumbers,
  workDirectory,
} from './command-line.ts';
import { CINEMA, ticketOf } from './tickets.ts';

// What the store of check records costs when it is young and when it is old: nothing may grow with what lies in it.

const { rows: sizes, rounds } = readOptions({ rows: '10000,1000000', rounds: 200 });

const NOW = wallClockAt(Date.now());
/** Records delivered in the last days, which a restored upstream gets again. */
const DELIVERED_LATELY = 5000;
const WAITING = 1000;
const MONTHS_KEPT = 36;
const FIVE_YEARS = 5 * 365 * 86_400;
const ROWS_A_STATEMENT = 100_000;
/** A purge goes on for so long at most: of 10 million rows it would take an hour. */
const LONGEST_PURGE_MS = 60_000;

say(`${machine()}; encrypted SQLite, synchronous=FULL; milliseconds`);
const table = printTable([
  ['', 50],
  ['rows', 10],
  ['p50', 8],
  ['p99', 8],
  ['max', 8],
]);
for (const rows of wholeNumbers('rows', sizes)) await measure(rows);

async function measure(rows: number): Promise<void> {
  const store = await openStore<CheckRecordTables>({
    url: sqliteUrl(join(workDirectory(), 'store.db')),
    encryptionKey: randomBytes(32).toString('hex'),
    migrations: checkRecordMigrations,
  });
  const records = createRecordStore(store);
  const keepOne = () => records.keep([makeRecord()], { forward: true });
  await fill(store, rows);
  await records.keep(Array.from({ length: WAITING }, makeRecord), { forward: true });

  const row = (what: string, times: readonly number[]) =>
    table.row([what, rows.toLocaleString('en'), ...spreadCells(spreadOf(times))]);
  row('a record kept', await timed(rounds, keepOne));
  row('the next batch to send', await timed(rounds, () => records.outbox.oldest(CINEMA, 1000)));
  row('what is to be completed', await timed(rounds, () => listIncomplete(records)));
  row('where records stand, for health and metrics', await timed(20, () => records.summary()));

  /** Prints how long something takes that returns its name, and how long records take that are kept meanwhile. */
  async function beside(work: () => Promise<string>): Promise<void> {
    let isDone = false;
    let what = '';
    const working = timed(1, async () => {
      what = await work();
    }).finally(() => {
      isDone = true;
    });
    const meanwhile: number[] = [];
    while (!isDone) meanwhile.push(...(await timed(1, keepOne)));
    const taken = await working;
    row(what, taken);
    row('a record kept meanwhile', meanwhile);
  }
  await beside(async () => {
    await records.outbox.resendSince(addSeconds(NOW, -86_400));
    return `${DELIVERED_LATELY} delivered records queued again`;
  });
  const retention = createRetention(store, { months: MONTHS_KEPT, resendDays: 3 });
  const terms = retention.terms(Date.now(), { at: NOW });
  await beside(async () => {
    const { gone } = await retention.purge(terms, AbortSignal.timeout(LONGEST_PURGE_MS));
    return `${(gone.checkRecords ?? 0).toLocaleString('en')} old records purged`;
  });
  row('whether anything is to be purged', await timed(20, () => retention.hasAny(terms)));
  await store.close();
}

/** Every tenth was never completed; all but the newest were delivered long ago. */
async function fill(store: Store<CheckRecordTables>, rows: number): Promise<void> {
  const secondsAgo = sql`case when i > ${rows - DELIVERED_LATELY} then ${rows} - i + 200
    else 200000 + (${rows} - i) * ${FIVE_YEARS} / ${rows} end`;
  for (let from = 1; from <= rows; from += ROWS_A_STATEMENT) {
    const until = Math.min(rows, from + ROWS_A_STATEMENT - 1);
    await sql`
    with recursive
      number (i) as (select ${sql.lit(from)} union all select i + 1 from number where i < ${until}),
      moment (i, at) as (
        select i, strftime('%Y-%m-%dT%H:%M:%S', ${NOW}, '-' || (${secondsAgo}) || ' seconds') from number
      )
    insert into check_record (
      record_id, identity, cinema_code, film_ticket_code, start_time, ticket_info_code, check_time, screen_code, screen_name,
      film_code, film_name, session_code, ticket_type, row_num, column_num, price, service, account, received_at, differences
    )
    select printf('00000000-0000-8000-8000-%012d', i), printf('%032d', i), ${CINEMA}, printf('%016d', i), at,
      ${CINEMA} || hex(randomblob(86)), at, '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000',
      case when i % 10 = 0 then null else '网络售票' end, 7, 12, 4500, 300, 'terminal-1', at, ''
    from moment
    `.execute(store.db);
  }
  await store.db
    .insertInto('delivery')
    .values({
      deliveredOn: NOW.slice(0, 10),
      cinemaCode: CINEMA,
      oldestCheckTime: addSeconds(NOW, -DELIVERED_LATELY - 200),
      lastDeliveredAt: NOW,
    })
    .execute();
}

/** A pass over all that may be completed, as one begins every 5 s. */
async function listIncomplete(records: RecordStore): Promise<void> {
  const page = { after: null, most: 500 };
  await records.incompleteWaiting(page);
  await records.incompleteSince(addSeconds(NOW, -125), page);
}

/** A record of a ticket that was checked now. */
function makeRecord(): ReceivedRecord {
  const { cinemaName: _, sellTime: __, ...ticket } = ticketOf(randomInt(2 ** 47), NOW);
  return {
    ...ticket,
    recordId: parseRecordId(uuidv7()),
    ticketInfoCode: CINEMA + randomBytes(86).toString('hex'),
    checkTime: NOW,
    account: 'terminal-1',
    gate: '',
    receivedAt: NOW,
    quarantine: null,
    offline: null,
    decidedMs: 431,
    forwarderSeconds: null,
    differences: [],
    overriddenVerdict: null,
  };
}
