import { countDay, createRecordStore } from '@ticket-check/check-records';
import {
  decodeTicketCode,
  epochOf,
  type FilmTicketCode,
  padCode,
  parseBusinessDate,
  parseCinemaCode,
  parseRecordId,
  parseWallClock,
  type WallClock,
} from '@ticket-check/protocol';
import { CompiledQuery, type Insertable, sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { insertingRecord, makeCheckRecord } from '../check-records/make-record.ts';
import { supersededIntents } from '../scan/scan-store.ts';
import type { TerminalStore, TerminalTables } from '../tables.ts';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { openTestStore } from '../testing/test-store.ts';
import { selectScansOf } from './list-scans.ts';
import { countingScans, countVerdicts, knownLateRefunds, scanReports } from './report-scans.ts';

const CINEMA = parseCinemaCode('31012801');
const DAY = { from: parseWallClock('2026-11-24T06:00:00'), until: parseWallClock('2026-11-25T06:00:00') };

type Scan = Partial<Insertable<TerminalTables['scan']>>;

let store: TerminalStore;
let scans = 0;
beforeEach(async () => {
  store = await openTestStore();
});

const EVENING = parseWallClock('2026-11-24T19:00:00');

/** Of the machine's time. */
function recordIdOf(number: number, at: string = EVENING) {
  const time = epochOf(at as WallClock)
    .toString(16)
    .padStart(12, '0');
  return parseRecordId(`${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(number).padStart(12, '0')}`);
}

/** Keeps a scan, admitted and confirmed at gate-1 in the evening unless it says otherwise. */
async function keep(scan: Scan = {}): Promise<void> {
  scans += 1;
  await store.db
    .insertInto('scan')
    .values({
      recordId: recordIdOf(scans, scan.scannedAt),
      textHash: `${scans}`,
      gate: 'gate-1',
      cinemaCode: CINEMA,
      scannedAt: EVENING,
      verdict: 'ADMIT',
      confirmed: 1,
      upstreamSilent: 0,
      ...scan,
    })
    .execute();
}

test('scans of a business date are counted by gate and verdict', async () => {
  await keep();
  await keep({ confirmed: 0, upstreamSilent: 1, scannedAt: '2026-11-25T05:59:59' });
  await keep({ confirmed: 0, upstreamSilent: 1, lateVerdict: 'REFUNDED', lateNoticedAt: '2026-11-26T10:00:00' });
  await keep({ confirmed: 0, lateVerdict: 'ALREADY_ENTERED', scannedAt: '2026-11-24T06:00:00' });
  // The machine's clock was five minutes behind, and five minutes ahead.
  await keep({ recordId: recordIdOf(101, '2026-11-24T05:55:00'), scannedAt: '2026-11-24T06:00:00' });
  await keep({ recordId: recordIdOf(102, '2026-11-25T06:04:59'), scannedAt: '2026-11-25T05:59:59' });
  // The clock was set back: its time counts, and not its place among the others.
  await keep({ scannedAt: '2026-11-24T05:59:59' });
  await keep({ scannedAt: '2026-11-25T06:00:00' });
  await keep({ gate: 'gate-2', verdict: 'REFUNDED', confirmed: null, upstreamSilent: null });
  await keep({ gate: 'gate-2', verdict: 'UNREADABLE', cinemaCode: null, confirmed: null, upstreamSilent: null });
  await keep({ gate: 'gate-2', verdict: null, confirmed: null, upstreamSilent: null });
  const admitted = { Gate: 'gate-1', Verdict: 'ADMIT', Scans: 6, Offline: 2, OfflineShare: 0.3333, Unconfirmed: 3 };
  const ofTheCinema = [
    { ...admitted, LateRefunds: 1, LateDoubles: 1, Overridden: 0 },
    { Gate: 'gate-2', Verdict: null, Scans: 1 },
    { Gate: 'gate-2', Verdict: 'REFUNDED', Scans: 1 },
  ];
  const { dayRows } = scanReports(store);
  expect(await dayRows(DAY)).toEqual([...ofTheCinema, { Gate: 'gate-2', Verdict: 'UNREADABLE', Scans: 1 }]);
  expect(await dayRows({ ...DAY, cinemaCode: CINEMA })).toEqual(ofTheCinema);
  expect(await dayRows({ ...DAY, cinemaCode: parseCinemaCode('31012802') })).toEqual([]);
  // For the platform above: of all gates, without what is not decided.
  const businessDate = parseBusinessDate('2026-11-24');
  expect(await countVerdicts(store, businessDate)).toEqual({
    businessDate,
    counts: { ADMIT: 6, REFUNDED: 1, UNREADABLE: 1 },
  });
});

test('a day is counted without looking at the scans of others, however many are kept', async () => {
  const { sql: text, parameters } = countingScans(DAY).compile(store.db);
  const { rows } = await store.db.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${text}`, [...parameters]),
  );
  const ofScans = rows.map(({ detail }) => detail).filter((step) => / scan\b/.test(step));
  expect(ofScans).toEqual([expect.stringMatching(/^SEARCH scan USING INDEX \S+ \(record_id>\? AND record_id<\?\)$/)]);
});

const ukey = makeUkey(DAY.from);

/** Keeps an admission with its check record, made offline unless the platform told of the ticket. */
async function admit(gate: string, scan: Scan, { checkTime = EVENING, isNamed = true } = {}) {
  await keep({ gate, scannedAt: checkTime, ...scan });
  const { code, info } = sellTicket(ukey, parseWallClock('2026-11-24T19:30:00'));
  const { fields } = decodeTicketCode(code, [ukey.key]);
  const made = { recordId: recordIdOf(scans, checkTime), scannedAt: checkTime };
  const record = makeCheckRecord(made, { code, fields }, isNamed ? info : null);
  const decided = { gate, offline: true, decidedAtMs: epochOf(checkTime) };
  for (const statement of insertingRecord(createRecordStore(store), record, decided)) {
    await store.db.executeQuery(statement);
  }
  return record;
}

test('a record is shown with how it was decided, and one made offline by the names that others tell', async () => {
  const named = await admit('gate-1', {}, { checkTime: parseWallClock('2026-11-24T18:00:00') });
  const offline = await admit(
    'gate-1',
    {
      decidedAt: '2026-11-24T19:00:01',
      openedAt: '2026-11-24T19:00:02',
      confirmed: 0,
      upstreamSilent: 1,
      eTicketTime: '2026-11-24T18:59:18',
      eTicketAgeSeconds: 42,
    },
    { isNamed: false },
  );
  expect(offline).toMatchObject({ screenName: '', filmName: '' });
  const elsewhere = { ...offline, recordId: recordIdOf(999), screenCode: padCode('9', 16), filmCode: 'other' } as never;
  const rows = await scanReports(store).recordRows([named, offline, elsewhere]);
  const names = { ScreenName: named.screenName, FilmName: named.filmName };
  expect([...rows.values()]).toEqual([
    expect.objectContaining(names),
    {
      ...names,
      ScannedAt: '2026-11-24T19:00:00',
      DecidedAt: '2026-11-24T19:00:01',
      OpenedAt: '2026-11-24T19:00:02',
      Confirmed: false,
      Offline: true,
      ETicketTime: '2026-11-24T18:59:18',
      ETicketAgeSeconds: 42,
      LateVerdict: null,
      LateNoticedAt: null,
    },
    { ScreenName: '', FilmName: '' },
  ]);
});

test('lists entries of tickets that turned out refunded, with their gate, only those of the date', async () => {
  const lateRefund = { lateVerdict: 'REFUNDED', lateNoticedAt: '2026-11-25T10:00:00' };
  await admit('gate-1', lateRefund);
  await admit('gate-2', lateRefund);
  await admit('gate-2', { lateVerdict: 'ALREADY_ENTERED', lateNoticedAt: '2026-11-25T10:00:00' });
  await admit('gate-2', lateRefund, { checkTime: parseWallClock('2026-11-25T06:00:00') });
  const date = parseBusinessDate('2026-11-24');
  expect(await countDay(store, { date, by: 'gate', lateRefunds: knownLateRefunds(store).find })).toMatchObject([
    { gate: 'gate-1', entries: 1, lateRefunds: 1, offline: 1, offlineTold: 1 },
    { gate: 'gate-2', entries: 2, lateRefunds: 1, offline: 2, offlineTold: 2 },
  ]);
});

test('looks for scans that were overtaken among the open ones, however many lie in the store', async () => {
  const { sql, parameters } = supersededIntents(store.db).limit(100).compile();
  const { rows } = await store.db.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
  );
  const ofScans = rows.map(({ detail }) => detail).filter((step) => / scan\b/.test(step));
  expect(ofScans).toEqual([expect.stringContaining('USING INDEX scan_open_intent')]);
});

test('the scans of a ticket are found by its number, however many others there are', async () => {
  const filmTicketCode = '4000000001000000' as FilmTicketCode;
  const startTime = parseWallClock('2026-11-24T20:00:00');
  for (const [asked, cinemas] of [
    [{ filmTicketCode }, 'all'],
    [{ filmTicketCode }, ['31012801']],
    [{ filmTicketCode, startTime, cinemaCode: CINEMA }, 'all'],
  ] as const) {
    const plan = await selectScansOf(store, asked, cinemas, 50).explain<{ detail: string }>(undefined, sql`query plan`);
    const steps = plan.map(({ detail }) => detail);
    expect(steps[0]).toBe('SEARCH scan USING INDEX scan_film_ticket_code (film_ticket_code=?)');
    // None goes through a table, or sorts.
    expect(steps.filter((step) => !step.startsWith('SEARCH '))).toEqual([]);
  }
});
