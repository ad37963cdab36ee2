// @module-tag service
import type { Upstream } from '@ticket-check/exchange';
import { connectTo } from '@ticket-check/exchange/testing';
import {
  APIS,
  addSeconds,
  type CheckRecord,
  type Extension,
  errorReplyJson,
  parseBusinessDate,
  parseWallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { PeerPlatform } from '@ticket-check/simulators/peers';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { discoverExtensions } from '../forwarder/send.ts';
import { TERMINAL_DEADLINE } from '../outbox/summary.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { openRecords } from '../testing/open-records.ts';
import { CINEMA, makeRecords, type SomeRecords, undoing } from '../testing/records.ts';
import { createReversals } from '../undo/reversals.ts';
import type { Finding } from './pairs.ts';
import { listsRecords, type ReconciledDay, reconcileByStatus, reconcileDay } from './reconcile-day.ts';

const now = () => Date.parse('2026-11-24T23:00:00+08:00');
const NOW = wallClockAt(now());
const SPOKEN: readonly Extension[] = ['record-id', 'check-records'];

describeEachEngine('reconciliation of a business date', ({ open }) => {
  let platform: PeerPlatform;
  let upstream: Upstream;
  let records: RecordStore;
  let day: ReconciledDay;

  beforeEach(async () => {
    platform = await startNationalPlatform({ now });
    const client = connectTo(platform.bundle, { extensions: SPOKEN, now });
    onTestFinished(() => client.close());
    upstream = client;
    const opened = await openRecords({ open });
    records = opened.records;
    const businessDate = parseBusinessDate('2026-11-24');
    day = { store: opened.store, cinemaCode: CINEMA, businessDate, deadline: TERMINAL_DEADLINE, at: NOW };
  });

  /** Records of this day in their order, two and a half hours of them where there are 900. */
  const someRecords = (count: number) =>
    makeRecords(count).map((record, n) => ({
      ...record,
      checkTime: addSeconds(parseWallClock('2026-11-24T10:00:00'), n * 10),
      receivedAt: addSeconds(parseWallClock('2026-11-24T10:00:00'), n * 10),
    })) as SomeRecords;

  const deliver = (delivered: readonly ReceivedRecord[]) =>
    records.outbox.confirm(
      delivered.map((record) => ({ record, revision: 0 })),
      NOW,
    );

  /** Records that are here and at the platform. */
  async function deliverAll(count: number) {
    const all = someRecords(count);
    await records.keep(all, { forward: true });
    await deliver(all);
    platform.records = [...all];
    return all;
  }

  const find = (): Promise<Finding[]> => reconcileDay(upstream, day);

  const told = (findings: readonly Finding[]) => findings.map(({ kind, record }) => [kind, record.recordId]);
  const changeThere = (record: CheckRecord, changes: Partial<CheckRecord>) => {
    platform.records = platform.records.map((each) =>
      each.recordId === record.recordId ? { ...each, ...changes } : each,
    );
  };

  it('finds nothing on equal days, with one call', async () => {
    await deliverAll(900);
    expect(await find()).toEqual([]);
    expect(platform.asked).toEqual([APIS.listCheckRecords]);
    expect(listsRecords(upstream)).toBe(true);
  });

  it('names a record that differs only in price, and lists only its hour', async () => {
    platform.maxListed = 100;
    const all = await deliverAll(900);
    const record = all[500]!;
    changeThere(record, { price: (record.price + 1) as CheckRecord['price'] });
    const findings = await find();
    expect(told(findings)).toEqual([['differs', record.recordId]]);
    expect(JSON.parse(JSON.stringify(findings[0]?.elements))).toEqual({ Price: { here: 45, upstream: 45.01 } });
    // 360 records in an hour.
    expect(platform.queries(APIS.listCheckRecords).map(({ Hour }) => Hour)).toEqual([
      undefined,
      ...Array.from({ length: 4 }, () => '2026-11-24T11'),
    ]);
  });

  it('names what was undone on one side, with a peer that speaks of it, and nothing with another', async () => {
    const [here, there, both] = await deliverAll(4);
    const undo = (...undone: ReceivedRecord[]) =>
      createReversals(day.store).keep(
        undone.map((record) => undoing(record)),
        { maxOfTicket: 16, forward: true },
      );
    await undo(here, both);
    platform.reversals.push(undoing(there), undoing(both));
    expect(await find()).toEqual([]);

    const client = connectTo(platform.bundle, { extensions: [...SPOKEN, 'undone-records'], now });
    onTestFinished(() => client.close());
    expect(await discoverExtensions(client, CINEMA, 10_000)).toBeNull();
    upstream = client;
    expect(told(await find())).toEqual([
      ['undone-here', here.recordId],
      ['undone-upstream', there.recordId],
    ]);
    platform.reversals.push(undoing(here));
    await undo(there);
    platform.asked.length = 0;
    expect(await find()).toEqual([]);
    expect(platform.asked).toEqual([APIS.listCheckRecords]);
  });

  it('names a record whose CheckTime was moved to another hour as missing on either side', async () => {
    const [moved] = await deliverAll(3);
    changeThere(moved, { checkTime: addSeconds(moved.checkTime, 7200) });
    expect(told(await find())).toEqual([
      ['missing-upstream', moved.recordId],
      ['missing-here', moved.recordId],
    ]);
  });

  it('does not call missing what came in and went up while the list was read', async () => {
    const [cameIn, other] = someRecords(2);
    await records.keep([other], { forward: true });
    platform.states.set(other.recordId, { delivered: false });
    await deliver([other]);
    platform.records = [other];
    platform.replace(APIS.listCheckRecords, async ({ Hour }, usual) => {
      if (Hour !== undefined) {
        platform.records = [cameIn, other];
        await records.keep([cameIn], { forward: true });
        await deliver([cameIn]);
      }
      return usual();
    });
    expect(told(await find())).toEqual([['undelivered-upstream', other.recordId]]);
  });

  describe('with a platform that lists what cannot be', () => {
    type Reply = { CheckRecords: Record<string, unknown>[]; Next: unknown };

    /** What the platform does with a page of its list. */
    async function listing(change: (reply: Reply) => unknown): Promise<void> {
      await deliverAll(5);
      await day.store.db.deleteFrom('checkRecord').where('rowNum', '=', 7).execute();
      platform.replace(APIS.listCheckRecords, async ({ Hour }, usual) => {
        const answer = (await usual()) as Reply;
        return Hour === undefined ? answer : change(answer);
      });
    }

    it.each<[string, (reply: Reply) => unknown]>([
      ['without an end', (reply) => ({ ...reply, CheckRecords: [reply.CheckRecords[4]], Next: 'again' })],
      ['with empty pages', () => ({ CheckRecords: [], Next: 'again' })],
      [
        'of another hour',
        ({ CheckRecords: [one], Next }) => ({ CheckRecords: [{ ...one, CheckTime: '2026-11-24T11:00:00' }], Next }),
      ],
      ['of no price', ({ CheckRecords: [one], Next }) => ({ CheckRecords: [{ ...one, Price: 'none' }], Next })],
      ['and nothing else', () => ({})],
      ['as a refusal', () => errorReplyJson('INTERNAL_ERROR', 'no')],
    ])('%s, says so and ends', async (_, change) => {
      await listing(change);
      await expect(find()).rejects.toThrow(/^(?:What the platform above lists cannot|The platform above did not list)/);
    });
  });

  it('knows of a platform that lists nothing what waits too long and what was refused', async () => {
    const [delivered, waiting, refused, lately] = someRecords(4);
    await records.keep([delivered, waiting, refused, { ...lately, checkTime: NOW }], { forward: true });
    await deliver([delivered]);
    await records.outbox.park(
      [{ record: refused, revision: 0, errorCode: 'INVALID_PRICE', errorMessage: '' }],
      NOW,
      NOW,
    );
    expect(told(await reconcileByStatus(day))).toEqual([
      ['missing-upstream', waiting.recordId],
      ['refused-upstream', refused.recordId],
      ['on-its-way', lately.recordId],
    ]);
  });
});
