// @module-tag service
import { createAccounts } from '@ticket-check/exchange';
import {
  APIS,
  addSeconds,
  parseFilmTicketCode,
  parseWallClock,
  type Reversal,
  reversalsQueryJson,
} from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { countDay } from '../reports/count-day.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { answerTo, startPlatform, wire } from '../testing/platform.ts';
import { CINEMA, INCOMPLETE, makeRecord, makeUkey, storedRecord, undoing } from '../testing/records.ts';
import { createReversalSender } from './send-reversals.ts';

const COMPLETE = {
  screenName: '3号厅',
  filmName: '流浪地球',
  ticketType: '网络售票' as const,
  rowNum: 7,
  columnNum: 12,
};
const clock = () => Date.parse('2026-11-24T20:00:00+08:00');
const at = parseWallClock('2026-11-24T20:00:00');

describeEachEngine('compensating records', (engine) => {
  async function start({ forward = true, maxEntries = 16 } = {}) {
    const platform = await startPlatform(engine, { now: clock, forward, maxEntries });
    const extensions = ['record-id', 'reverses'] as const;
    const caller = await platform.connect({ extensions });
    const post = (query: object, as = caller) => answerTo(as, APIS.reportOriginalCheckTickets, query);
    const report = (record: ReceivedRecord, as = caller) =>
      post({ CinemaCode: CINEMA, CheckTickets: [wire(record)] }, as);
    const undo = (reversals: readonly Reversal[], as = caller) => post(reversalsQueryJson(CINEMA, reversals), as);
    const entryOf = async (record: ReceivedRecord) => (await platform.records.entriesOf([record]))[0] ?? null;
    return { platform, caller, extensions, post, report, undo, entryOf };
  }
  const KEPT = { ReportResult: true };

  it('take the place of an entry, whichever came first, and twice is once', async () => {
    const { platform, report, undo, entryOf } = await start();
    const [first, second] = [makeRecord(1), makeRecord(2)];
    expect(await report(first)).toEqual(KEPT);
    expect(await entryOf(first)).not.toBeNull();
    expect(await undo([undoing(first), undoing(second)])).toEqual(KEPT);
    expect(await undo([undoing(first)])).toEqual(KEPT);
    expect(await report(second)).toEqual(KEPT);
    expect(await report(first)).toEqual(KEPT);
    for (const record of [first, second]) expect(await entryOf(record)).toBeNull();
    expect(await platform.reversals.list(10)).toHaveLength(2);
    const [line] = await countDay(platform.store, { date: '2026-11-24' as never, by: 'cinema' });
    expect(line).toMatchObject({ checked: 2, entries: 2, undone: 2, undoneStanding: 2, doubles: 0 });
    const listed = [];
    for await (const record of platform.records.list({})) listed.push(record.undone?.upstream);
    expect(listed).toEqual(['WAITING', 'WAITING']);
  });

  it('leave the other entries of the ticket: the first of them is then the entry and no double', async () => {
    const { platform, report, undo, entryOf } = await start();
    const [one, other] = [makeRecord(1), makeRecord(1, { checkTime: parseWallClock('2026-11-24T19:20:00') })];
    await report(one);
    await report(other);
    expect(await entryOf(one)).toMatchObject({ recordId: one.recordId, isDouble: true });
    await undo([undoing(one)]);
    expect(await entryOf(one)).toMatchObject({ recordId: other.recordId, isDouble: false });
    expect(await platform.records.doubles('2026-11-24' as never)).toEqual([]);
  });

  it('count from the account that reported the record, and from nobody else', async () => {
    const { platform, extensions, report, undo, entryOf } = await start();
    const record = makeRecord(1);
    const stranger = await platform.connect({ extensions });
    expect(await undo([undoing(record)], stranger)).toEqual(KEPT);
    await report(record);
    expect(await entryOf(record)).not.toBeNull();
    const again = await undo([undoing(makeRecord(2)), undoing(record)], stranger);
    expect(again).toMatchObject({ ReportResult: false, Rejected: [{ Index: 1, ErrorCode: 'NOT_RECORD_OWNER' }] });
    expect(await platform.reversals.list(10)).toHaveLength(1);
    await undo([undoing(record)]);
    expect(await entryOf(record)).toBeNull();
  });

  it('count from the account that replaces that one, which completes its records too', async () => {
    const { platform, extensions, report, undo, entryOf } = await start();
    const [undone, blank] = [makeRecord(1), makeRecord(2, INCOMPLETE)];
    const former = await platform.issue();
    const asFormer = platform.connectAs({ ...former, extensions });
    for (const record of [undone, blank]) expect(await report(record, asFormer)).toEqual(KEPT);
    const successor = await platform.issue();
    const asSuccessor = platform.connectAs({ ...successor, extensions });
    const refused = { ReportResult: false, Rejected: [{ ErrorCode: 'NOT_RECORD_OWNER' }] };
    const completed = { ...blank, ...COMPLETE };
    expect(await undo([undoing(undone)], asSuccessor)).toMatchObject(refused);
    await report(completed, asSuccessor);
    const stored = () => storedRecord(platform.store, blank.recordId);
    expect(await stored()).toMatchObject({ ticketType: null });

    const { replace } = createAccounts(platform.store, clock);
    await replace(successor.username, former.username);
    expect(await undo([undoing(undone)], asSuccessor)).toEqual(KEPT);
    expect(await entryOf(undone)).toBeNull();
    await report(completed, asSuccessor);
    expect(await stored()).toMatchObject({ ...COMPLETE, account: former.username });
    // A second undo by another account changes nothing.
    expect(await undo([undoing(undone)], asFormer)).toEqual(KEPT);
    expect(await platform.reversals.list(10)).toMatchObject([{ account: former.username }]);
    // Of what it made itself it says so itself.
    const own = makeRecord(3);
    await report(own, asSuccessor);
    expect(await undo([undoing(own)], asFormer)).toMatchObject(refused);
    expect(await undo([undoing(own)], asSuccessor)).toEqual(KEPT);
  });

  it('count without the header too, and are refused if malformed or beside check records', async () => {
    const { platform, post, report, undo, entryOf } = await start();
    const record = makeRecord(1);
    const { username, privateKey } = await platform.issue();
    const plain = platform.connectAs({ username, privateKey, extensions: [] });
    await report(record, plain);
    expect(await undo([undoing(record)], plain)).toEqual(KEPT);
    expect(await entryOf(record)).toBeNull();
    const query = reversalsQueryJson(CINEMA, [undoing(record)]);
    const mixed = { ...query, CheckTickets: [...query.CheckTickets, wire(makeRecord(2))] };
    expect(await post(mixed)).toEqual({ refused: 'INVALID_QUERY' });
    const forged = makeRecord(3, { ukey: makeUkey() });
    const contradicting = undoing(makeRecord(4), { filmTicketCode: parseFilmTicketCode('7'.repeat(16)) });
    expect(await undo([undoing(forged), contradicting])).toMatchObject({
      Rejected: [
        { Index: 0, ErrorCode: 'CODE_NOT_GENUINE' },
        { Index: 1, ErrorCode: 'CODE_CONTRADICTS_RECORD' },
      ],
    });
    expect(await platform.reversals.list(10)).toHaveLength(1);
  });

  it('are as many of a ticket as it may have entries', async () => {
    const { undo } = await start({ maxEntries: 2 });
    const record = makeRecord(1);
    const others = [1, 2, 3].map((n) => undoing(record, { checkTime: addSeconds(record.checkTime, n) }));
    expect(await undo(others.slice(0, 2))).toEqual(KEPT);
    expect(await undo(others)).toMatchObject({ Rejected: [{ Index: 2, ErrorCode: 'TOO_MANY_ENTRIES' }] });
    expect(await undo(others.slice(0, 2))).toEqual(KEPT);
  });

  it('go on to an upstream that knows them once their record is here, again after a restore, and to no other', async () => {
    const here = await start();
    const above = await start({ forward: false });
    const record = makeRecord(1);
    await here.undo([undoing(record)]);
    const { reversals } = here.platform;
    const logger = pino({ level: 'silent' });
    const plain = await above.platform.connect({ extensions: ['record-id'] });
    let peer = plain;
    const sender = createReversalSender({ reversals, upstream: async () => peer, now: clock, logger });
    const send = () => sender.sendNow(record.recordId, (call) => call(20_000));

    expect(await send()).toBe('not-undone');
    await here.report(record);
    await above.report(record, above.caller);
    expect(await send()).toBe('not-undone');
    peer = above.caller;
    await answerTo(peer, APIS.reportOriginalCheckTickets, { CinemaCode: CINEMA, CheckTickets: [] });
    expect(peer.extensions().has('reverses')).toBe(true);
    expect(await send()).toBe('sent');
    expect(await above.entryOf(record)).toBeNull();
    expect(await reversals.countWaiting()).toBe(0);
    expect(await send()).toBe('sent');

    const [sent] = await here.platform.store.db.selectFrom('reversal').selectAll().execute();
    expect(await reversals.resendSince(at)).toBe(1);
    // The reply to what was sent before comes late.
    await reversals.noteOutcome([{ reversal: undoing(record, { recordId: sent?.recordId as never }), revision: 0 }], {
      at,
    });
    expect(await reversals.countWaiting()).toBe(1);
  });

  it('wait while another entry of the ticket is on its way, so that upstream never takes the ticket for unused', async () => {
    const { platform, report, undo } = await start();
    const { reversals, records } = platform;
    const after = (seconds: number) => ({ checkTime: addSeconds(at, seconds) });
    const [left, came, again] = [makeRecord(1, after(0)), makeRecord(1, after(60)), makeRecord(1, after(120))];
    const waiting = async () => (await reversals.waiting(10, '')).map(({ reversal }) => reversal.reverses).toSorted();
    const arrived = async (record: ReceivedRecord) => {
      const { complete } = await records.outbox.oldest(CINEMA, 10);
      await records.outbox.confirm(
        complete.filter(({ record: { recordId } }) => recordId === record.recordId),
        at,
      );
    };
    await report(left);
    await undo([undoing(left)]);
    await report(makeRecord(2));
    expect(await waiting()).toEqual([left.recordId]);
    await report(came);
    expect([await waiting(), await reversals.waitingFor(left.recordId)]).toEqual([[], null]);
    await arrived(came);
    expect(await waiting()).toEqual([left.recordId]);
    // One that was undone too is no entry that upstream has to know.
    await report(again);
    await undo([undoing(came)]);
    expect(await waiting()).toEqual([]);
    await undo([undoing(again)]);
    expect(await waiting()).toEqual([left, came, again].map(({ recordId }) => recordId).toSorted());
  });
});
