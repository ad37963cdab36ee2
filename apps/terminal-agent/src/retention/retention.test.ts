// @module-tag service
import {
  addSeconds,
  epochOf,
  ProtocolError,
  parseWallClock,
  type RecordId,
  type WallClock,
} from '@ticket-check/protocol';
import { runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import { expect, it } from 'vitest';
import { queueingRelease } from '../claims/release-claims.ts';
import { createTerminalProgram } from '../cli.ts';
import { readTerminalSettings } from '../config.ts';
import { queueingRecheck } from '../recheck/recheck.ts';
import type { TerminalStore } from '../tables.ts';
import { ukey } from '../testing/evening.ts';
import { type SoldTicket, sellTicket, startPlatform } from '../testing/test-cinema.ts';
import { healthOf, listedScans, makeTerminal } from '../testing/test-terminal.ts';

const EVENING = parseWallClock('2026-11-24T19:50:00');
const FILM = addSeconds(EVENING, 600);
/** A year after the end of the evening's business day, when the purge of that night has started. */
const A_YEAR_LATER = parseWallClock('2027-11-26T04:31:00');

async function startCinema() {
  const time = { now: EVENING as WallClock, platformAhead: 0 };
  const now = () => epochOf(time.now);
  const platform = await startPlatform({
    now: () => now() + time.platformAhead,
    kind: 'claiming',
    keys: [ukey.key],
  });
  const terminal = await makeTerminal({ now, settings: { RECHECK_SECONDS: '60' } });
  await terminal.setUpstream(platform.bundle);
  const sell = (startTime = FILM, refundStatus: 'Yes' | 'No' = 'No') => {
    const ticket = sellTicket(ukey, startTime);
    platform.sell(ticket.info, { refundStatus });
    return ticket;
  };
  const store = await terminal.open();
  const countsOf = async () => {
    const [scans, entries, records, deliveries] = await Promise.all(
      (['scan', 'entry', 'checkRecord', 'delivery'] as const).map(async (table) => {
        const counted = store.db.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('n'));
        return (await counted.executeTakeFirstOrThrow()).n;
      }),
    );
    return { scans, entries, records, deliveries };
  };
  const outcomes = async () => {
    const rows = await store.db
      .selectFrom('operation')
      .select('what')
      .where('endedAt', 'is not', null)
      .orderBy('id')
      .execute();
    return rows.map(({ what }) => JSON.parse(what));
  };
  const agent = await terminal.start();
  return { time, platform, terminal, agent, sell, store, countsOf, outcomes };
}

/** Leaves a scan of a ticket at gate-2 open, as a crash does. */
async function cutOff(store: TerminalStore, { info }: SoldTicket): Promise<void> {
  const { startTime, cinemaCode, filmTicketCode } = info;
  const recordId = '019a0000-0000-7000-8000-000000000001';
  const scan = { recordId, textHash: '', gate: 'gate-2', scannedAt: EVENING, startTime, cinemaCode, filmTicketCode };
  await store.db.insertInto('scan').values(scan).execute();
}

it('purges records, scans and entries at night once they are a year old, and the ticket stays inadmissible', async () => {
  const { time, platform, terminal, sell, countsOf, outcomes, agent } = await startCinema();
  const [ticket, refunded] = [sell(), sell(FILM, 'Yes')];
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await agent.scan(refunded.code)).toMatchObject({ Verdict: 'REFUNDED' });
  expect(await agent.scan('https://example.com')).toMatchObject({ Verdict: 'UNREADABLE' });
  await expect.poll(countsOf).toEqual({ scans: 4, entries: 1, records: 1, deliveries: 1 });

  // A guest of this night, so that the last admission is not that of the evening, and the platform tells the time.
  time.now = parseWallClock('2027-11-26T03:30:00');
  const later = sell(addSeconds(time.now, 600));
  expect(await agent.scan(later.code)).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(2);
  // From here on the purge of the night before, which the clock has gone past, may be under way.

  time.now = A_YEAR_LATER;
  // The refused scan of the ticket goes with the next purge.
  await expect.poll(countsOf).toEqual({ scans: 3, entries: 1, records: 1, deliveries: 1 });
  await expect
    .poll(outcomes)
    .toMatchObject([{ purged: { checkRecords: 1, entries: 1, scans: 2, deliveries: 1 }, stayed: {} }]);
  expect(await healthOf(agent, terminal.env.DATA_DIR ?? '')).toMatchObject({
    retention: { months: 12, oldestRecord: '2027-11-26T03:30:00' },
  });
  const again = await agent.scan(ticket.code);
  expect(again).toMatchObject({ Verdict: 'EXPIRED' });
});

it('keeps what is in dispute, what is open, and the newest admission', async () => {
  const { time, platform, terminal, sell, store, countsOf, outcomes, agent } = await startCinema();
  const admit = async () => {
    const ticket = sell();
    const { RecordId } = await agent.scan(ticket.code);
    return { ...ticket, recordId: RecordId as RecordId };
  };
  const [settled, late, asked, claimed, released, newest] = [
    ...[await admit(), await admit(), await admit(), await admit(), await admit(), await admit()],
  ];
  // A refused scan of each.
  for (const { code } of [settled!, late!, asked!]) {
    expect(await agent.scan(code, 'gate-2')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  }
  await platform.received(6);
  await agent.close();
  await store.db
    .updateTable('scan')
    .set({ lateVerdict: 'REFUNDED', lateNoticedAt: EVENING })
    .where('recordId', '=', late!.recordId)
    .execute();
  await queueingRecheck(store.db, asked!.recordId, EVENING).execute();
  await store.db.updateTable('recheck').set({ askAt: '2099-01-01T00:00:00', timesAsked: 1 }).execute();
  await cutOff(store, claimed!);
  const { startTime, cinemaCode, filmTicketCode } = released!.info;
  const recordId = '019a0000-0000-7000-8000-000000000002' as RecordId;
  await queueingRelease(store.db, { recordId, startTime, cinemaCode, filmTicketCode }, EVENING).execute();
  expect(await countsOf()).toMatchObject({ scans: 10, entries: 6, records: 6 });

  // Releases are not taken, so that they stay queued.
  platform.replace('ReleaseClaim', () => {
    throw new ProtocolError('STORE_UNAVAILABLE', 'not now');
  });
  time.now = parseWallClock('2027-11-26T03:30:00');
  const restarted = await terminal.start();
  await expect
    .poll(async () => (await healthOf(restarted, terminal.env.DATA_DIR ?? '')).retention.confirmedAt)
    .not.toBeNull();
  time.now = A_YEAR_LATER;
  await expect.poll(outcomes).toHaveLength(1);
  expect(await outcomes()).toMatchObject([
    {
      purged: { checkRecords: 1, entries: 1, scans: 1 },
      stayed: { LATE_VERDICT: 1, RECHECK_OPEN: 1, CLAIM_OPEN: 2, NEWEST_ADMISSION: 1 },
    },
  ]);
  const left = (await listedScans(terminal, 100)).map(({ RecordId }) => RecordId);
  expect(left).not.toContain(settled!.recordId);
  expect(left).toEqual(expect.arrayContaining([late, asked, claimed, released, newest].map((one) => one!.recordId)));
});

it('deletes by command what it said before that it would', async () => {
  const { time, platform, terminal, sell, store, countsOf, agent } = await startCinema();
  const [ticket, refunded, held, newest] = [sell(), sell(FILM, 'Yes'), sell(), sell()];
  for (const { code } of [ticket, ticket, refunded, held, newest, newest]) await agent.scan(code);
  await platform.received(3);
  await expect.poll(countsOf).toMatchObject({ deliveries: 1 });
  await agent.close();
  await cutOff(store, held);
  time.now = A_YEAR_LATER;
  const command = async (...args: string[]) => {
    const program = createTerminalProgram(terminal.env, () => epochOf(time.now));
    const { result, stdout } = await outputOf(() => runCommand(program, ['node', 'main.ts', ...args], terminal.env));
    expect(result).toBe(0);
    return JSON.parse(stdout);
  };
  const gone = { checkRecords: 1, entries: 1, scans: 2, deliveries: 1 };
  const stayed = { NEWEST_ADMISSION: 1, CLAIM_OPEN: 1 };
  expect(await command('retention', 'show')).toMatchObject({ RetentionMonths: 12, WouldPurge: gone, Stayed: stayed });
  expect(await command('records', 'purge', '--yes')).toMatchObject({ Purged: gone, Stayed: stayed });
  expect(await countsOf()).toEqual({ scans: 5, entries: 2, records: 2, deliveries: 0 });
  expect(await command('records', 'purge', '--yes')).toMatchObject({ Purged: { scans: 1 } });
});

it('keeps everything for a year at least', () => {
  expect(readTerminalSettings({}).RETENTION_MONTHS).toBe(12);
  expect(() => readTerminalSettings({ RETENTION_MONTHS: '11' })).toThrow(
    'RETENTION_MONTHS is "11"; it must be a whole number from 12 to 600: check records are kept for 1 year at least (5.3.1.3 of the scheme).',
  );
});

const YEARS_SECONDS = 5 * 365 * 86_400;

it.each([
  ['its own clock', { own: YEARS_SECONDS, platform: 0 }],
  ['the platform’s clock', { own: 0, platform: YEARS_SECONDS }],
])('purges nothing of the last year where %s is five years ahead', async (_whose, ahead) => {
  const { time, platform, terminal, sell, countsOf, agent } = await startCinema();
  const admit = async (startTime: WallClock) =>
    expect(await agent.scan(sell(startTime).code)).toMatchObject({ Verdict: 'ADMIT' });
  await admit(FILM);
  await expect.poll(countsOf).toMatchObject({ deliveries: 1 });
  time.now = parseWallClock('2027-11-25T20:00:00');
  await admit(addSeconds(time.now, 600));
  await admit(addSeconds(time.now, 600));
  await platform.received(3);
  await expect.poll(countsOf).toMatchObject({ deliveries: 2 });
  // Whatever becomes of it, the platform tells its time.
  time.platformAhead = ahead.platform * 1000;
  await agent.scan(sell(addSeconds(time.now, 600)).code);
  time.platformAhead -= ahead.own * 1000;
  time.now = addSeconds(A_YEAR_LATER, ahead.own);
  const scannedAt = async () => (await listedScans(terminal, 100)).map(({ ScannedAt }) => ScannedAt);
  await expect.poll(scannedAt).toEqual(Array.from({ length: 3 }, () => '2027-11-25T20:00:00'));
});
