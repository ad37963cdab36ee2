import type { Upstream } from '@ticket-check/exchange';
import { parseCinemaCode, type parseScreenCode, wallClockAt } from '@ticket-check/protocol';
import type { PeerAnswer } from '@ticket-check/runtime/testing';
import { describeSqlite } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Complete } from '../completion/completion.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { OwnStore } from '../tables/tables.ts';
import { makeForwarder, openRecords } from '../testing/open-records.ts';
import { type PlainPeer, reply, startPlainPeer, type WireTicket } from '../testing/plain-peer.ts';
import { type Platform, startPlatform } from '../testing/platform.ts';
import { type ProxyStep, startProxy } from '../testing/proxy.ts';
import { CINEMA, INCOMPLETE, listParked, makeRecord, makeRecords, storedRecord } from '../testing/records.ts';
import type { Forwarder } from './forwarder.ts';
import { FORWARDER_DEFAULTS, type ForwarderSettings } from './settings.ts';

// @module-tag service

const OTHER_CINEMA = parseCinemaCode('44019999');
const logger = pino({ level: 'silent' });
const PATIENT = { timeout: 60_000, interval: 10 };
/** Holds as long as a service does: for what must not happen in the meantime. */
const { firstHoldMs } = FORWARDER_DEFAULTS;

const PASS = (): ProxyStep => 'pass';
const LOSE_REPLY = (): ProxyStep => 'lose-reply';
const CUT = (): ProxyStep => (socket) => void socket.destroy();

describeSqlite('forwarding', (engine) => {
  let clock: number;
  let store: OwnStore;
  let records: RecordStore;
  const now = () => clock;

  beforeEach(async () => {
    clock = Date.parse('2026-11-24T20:00:00+08:00');
    ({ store, records } = await openRecords(engine));
  });

  const keep = (...batch: ReturnType<typeof makeRecord>[]) => records.keep(batch, { forward: true });

  /** A forwarder that looks for other processes' records once a minute only, and holds for a short time only. */
  function forward(
    upstream: Upstream | (() => Promise<Upstream | null>),
    settings: Partial<ForwarderSettings> = {},
    complete: Complete = async () => null,
  ): Forwarder {
    const forwarder = makeForwarder(records, {
      upstream: typeof upstream === 'function' ? upstream : async () => upstream,
      complete,
      now,
      logger,
      settings: { pollMs: 60_000, firstHoldMs: 20, ...settings },
    });
    forwarder.start();
    forwarder.completing();
    return forwarder;
  }

  const empty = () => vi.waitFor(async () => expect(await records.summary()).toMatchObject({ waiting: 0 }), PATIENT);
  const heldUp = (forwarder: Forwarder, times = 1) =>
    vi.waitFor(() => expect(forwarder.status().holdups[0]?.failures).toBeGreaterThanOrEqual(times), PATIENT);
  const times = (tickets: readonly WireTicket[]) => tickets.map(({ CheckTime }) => CheckTime);
  const keptBy = async (platform: Platform) =>
    (await platform.store.db.selectFrom('checkRecord').select('recordId').orderBy('recordId').execute()).map(
      ({ recordId }) => recordId,
    );
  const idsOf = (batch: readonly { recordId: string }[]) => batch.map(({ recordId }) => recordId).sort();

  describe('to a platform of ours', () => {
    let platform: Platform;
    beforeEach(async () => {
      platform = await startPlatform(engine, { now });
    });

    it('sends a record the moment it is kept, under its own RecordId', async () => {
      const forwarder = forward(await platform.connect());
      await forwarder.drain();
      const record = makeRecord(1);
      await keep(record);
      await empty();
      expect(await keptBy(platform)).toEqual([record.recordId]);
      expect(forwarder.status()).toEqual({ delivered: 1, quarantined: 0, holdups: [] });
      expect(await records.summary()).toMatchObject({ lastDeliveredAt: wallClockAt(clock), oldestUnsent: null });
    });

    it('parks what the platform names, and sends the rest', async () => {
      const bad = makeRecord(3, { screenCode: '3' as ReturnType<typeof parseScreenCode> });
      const good = [makeRecord(1), makeRecord(2), makeRecord(4)];
      await keep(bad, ...good);
      await forward(await platform.connect()).drain();
      expect(await keptBy(platform)).toEqual(idsOf(good));
      expect(await listParked(store)).toMatchObject([
        { record: { recordId: bad.recordId }, errorCode: 'WRONG_LENGTH', attempts: 1 },
      ]);
    });

    it('takes a record that the platform keeps aside for delivered', async () => {
      await keep(makeRecord(1, { ticketInfoCode: makeRecord(2).ticketInfoCode }));
      const forwarder = forward(await platform.connect());
      await forwarder.drain();
      expect(forwarder.status()).toMatchObject({ delivered: 1, quarantined: 1 });
      expect(await platform.records.summary()).toMatchObject({ quarantined: 1 });
    });

    it('sends an incomplete record at once, and again when it is filled', async () => {
      const incomplete = makeRecord(1, INCOMPLETE);
      await keep(incomplete);
      const forwarder = forward(await platform.connect());
      await forwarder.drain();
      expect(await storedRecord(platform.store, incomplete.recordId)).toMatchObject({ ticketType: null });
      await keep({ ...incomplete, ticketType: '网络售票', filmName: '流浪地球' });
      await empty();
      expect(await storedRecord(platform.store, incomplete.recordId)).toMatchObject({
        ticketType: '网络售票',
        filmName: '流浪地球',
      });
      expect(await keptBy(platform)).toHaveLength(1);
    });

    it('loses and doubles nothing when replies are lost after the platform has kept the records', async () => {
      const line = await startProxy(platform);
      const upstream = await platform.connect({ url: line.url });
      const batch = makeRecords(20);
      const forwarder = forward(upstream);
      await keep(batch[0]!);
      await empty();
      line.on = LOSE_REPLY;
      await keep(...batch.slice(1));
      await heldUp(forwarder);
      expect(await keptBy(platform)).toEqual(idsOf(batch));
      expect(await records.summary()).toMatchObject({ waiting: 19 });
      line.on = PASS;
      await empty();
      expect(await keptBy(platform)).toEqual(idsOf(batch));
    });

    it('learns what the platform speaks before it sends the first record, and sends none where it does not answer', async () => {
      const line = await startProxy(platform);
      line.on = LOSE_REPLY;
      const record = makeRecord(1);
      await keep(record);
      const forwarder = forward(await platform.connect({ url: line.url }));
      await heldUp(forwarder);
      expect(await keptBy(platform)).toEqual([]);
      line.on = PASS;
      await empty();
      expect(await keptBy(platform)).toEqual([record.recordId]);
    });

    it('goes on at once, with every cinema, when the platform answers again', async () => {
      // Time stands still: what is held stays held for as long as nothing is said.
      const clockOfHolds = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
      onTestFinished(() => clockOfHolds.mockRestore());
      const line = await startProxy(platform);
      line.on = CUT;
      await keep(makeRecord(1), makeRecord(2, { cinemaCode: OTHER_CINEMA, ticketInfoCode: 'x' }));
      const forwarder = forward(await platform.connect({ url: line.url }));
      await vi.waitFor(() => expect(forwarder.status().holdups).toHaveLength(2), PATIENT);
      line.on = PASS;
      await keep(makeRecord(3));
      await forwarder.drain();
      expect(await records.summary()).toMatchObject({ waiting: 3 });
      forwarder.resume();
      await empty();
    });

    it('holds everything while the account may not act for the cinema, and another cinema is not held up', async () => {
      const upstream = await platform.connect();
      await platform.store.db
        .updateTable('account')
        .set({ cinemaCodes: `["${OTHER_CINEMA}"]` })
        .execute();
      const [ours, others] = [makeRecord(1), makeRecord(2, { cinemaCode: OTHER_CINEMA })];
      await keep(ours, others);
      const forwarder = forward(upstream);
      await heldUp(forwarder);
      await vi.waitFor(async () => expect(await keptBy(platform)).toEqual([others.recordId]), PATIENT);
      expect(forwarder.status().holdups).toMatchObject([{ cinemaCode: CINEMA, code: 'CINEMA_NOT_ALLOWED' }]);
      await vi.waitFor(async () => expect(await records.summary()).toMatchObject({ waiting: 1, parked: 0 }), PATIENT);
      await platform.store.db.updateTable('account').set({ cinemaCodes: 'all' }).execute();
      await empty();
      expect(await keptBy(platform)).toEqual(idsOf([ours, others]));
    });

    it('holds everything while the account is unknown, and goes on at once with another upstream', async () => {
      let upstream = await platform.connect();
      await platform.store.db.deleteFrom('account').execute();
      await keep(makeRecord(1));
      const forwarder = forward(async () => upstream);
      await heldUp(forwarder, 3);
      expect(forwarder.status().holdups).toMatchObject([{ code: 'SIGNATURE_INVALID' }]);
      expect(await records.summary()).toMatchObject({ waiting: 1, parked: 0 });
      upstream = await platform.connect();
      forwarder.wake();
      await empty();
      expect(await keptBy(platform)).toHaveLength(1);
    });
  });

  // A proxy's answers while the platform behind it restarts, each given before the peers know each other.
  it.each<[string, ProxyStep]>([
    ['a bodyless 502', { status: 502 }],
    ['a page with status 503', { status: 503, body: '<html>Service Unavailable</html>' }],
    ['what a server of ours says that closes', { status: 503, body: '{"code":"FST_ERR_CLOSING","statusCode":503}' }],
    ['garbage with status 200', { body: '<html>Welcome</html>' }],
    ['JSON that is no envelope', { body: '{"status":"ok"}' }],
    ['a cut connection', (socket) => void socket.destroy()],
  ])('learns nothing of a platform from %s: one record stays one record', { tags: 'slow' }, async (_, step) => {
    const platform = await startPlatform(engine, { now });
    const proxy = await startProxy(platform);
    // One call of two attempts, then the platform is there again and its first reply to a report is lost.
    let unwell = 2;
    let lost = 0;
    proxy.on = (api) => {
      if (unwell-- > 0) return step;
      return api === 'ReportOriginalCheckTickets' && lost++ === 0 ? 'lose-reply' : 'pass';
    };
    const upstream = await platform.connect({ url: proxy.url });
    const announced = Promise.withResolvers<void>();
    const record = makeRecord(1);
    await keep(record);
    forward(async () => {
      if (lost > 0) await announced.promise;
      return upstream;
    });
    await vi.waitFor(() => expect(lost).toBeGreaterThan(0), PATIENT);
    // Any other call, a guest's question or the key sync, tells what the platform speaks before the report goes again.
    await upstream.call('GetPublicKeys', {}, { read: (reply) => reply, timeoutMs: 5000, idempotent: true });
    announced.resolve();
    await empty();

    const kept = await platform.store.db.selectFrom('checkRecord').select(['recordId', 'filmTicketCode']).execute();
    expect(kept, proxy.steps.join('\n')).toEqual([
      { recordId: record.recordId, filmTicketCode: record.filmTicketCode },
    ]);
  });

  it('lets what is under way end when it is stopped, and sends nothing more', async () => {
    const answered = Promise.withResolvers<boolean>();
    const peer = await startPlainPeer(() => answered.promise, now);
    await keep(makeRecord(1));
    const forwarder = forward(peer.upstream);
    await vi.waitFor(() => expect(peer.reports).toHaveLength(1), PATIENT);
    const stopping = forwarder.stop();
    answered.resolve(true);
    await stopping;
    expect(await records.summary()).toMatchObject({ waiting: 0 });
    await keep(makeRecord(2));
    await forwarder.drain();
    expect(peer.reports).toHaveLength(1);
  });

  describe('to a plain peer', () => {
    const start = (answer: PlainPeer['answer']) => startPlainPeer(answer, now);
    const without =
      (...bad: { checkTime: string }[]) =>
      (tickets: WireTicket[]) =>
        !tickets.some(({ CheckTime }) => bad.some(({ checkTime }) => checkTime === CheckTime));

    it('sends oldest first, at most 1000 at a time, nothing but the scheme’s elements', async () => {
      const peer = await start(() => true);
      const batch = makeRecords(2100);
      await keep(...batch.toReversed());
      await forward(peer.upstream).drain();
      expect(peer.reports.map((report) => report.length)).toEqual([1000, 1000, 100]);
      expect(times(peer.kept)).toEqual(batch.map(({ checkTime }) => checkTime));
      expect(peer.kept.some((ticket) => 'RecordId' in ticket)).toBe(false);
    });

    it('parks one bad record among 1000 within some 20 requests, delivers the rest once, and a new record is not held up', async () => {
      const batch = makeRecords(1000);
      const bad = batch[333]!;
      const peer = await start(without(bad));
      await keep(...batch);
      await forward(peer.upstream).drain();
      expect(times(peer.kept).sort()).toEqual(batch.filter((r) => r !== bad).map(({ checkTime }) => checkTime));
      expect(peer.reports.length).toBeLessThanOrEqual(23);
      expect((await listParked(store)).map(({ record }) => record)).toEqual([bad]);
      await keep(makeRecord(1001));
      await empty();
      expect(peer.kept).toHaveLength(1000);
    });

    it('parks nothing towards a peer that refuses everything, asks it little, and delivers all when it recovers', {
      tags: 'slow',
    }, async () => {
      const peer = await start(() => false);
      const batch = makeRecords(1000);
      await keep(...batch);
      const forwarder = forward(peer.upstream, { firstHoldMs });
      await heldUp(forwarder, 2);
      expect(await records.summary()).toMatchObject({ waiting: 1000, parked: 0 });
      expect(peer.reports.length).toBeLessThanOrEqual(2 * 23);
      peer.answer = () => true;
      await empty();
      expect(times(peer.kept)).toEqual(batch.map(({ checkTime }) => checkTime));
    });

    it('tries a parked record again after an hour, again after another, until it is taken', async () => {
      const bad = makeRecord(1);
      const peer = await start(without(bad));
      await keep(bad, makeRecord(2));
      const forwarder = forward(peer.upstream, { pollMs: 20 });
      await empty();
      clock += 3_599_000;
      await forwarder.drain();
      expect(await listParked(store)).toMatchObject([{ attempts: 1 }]);
      clock += 1_000;
      await vi.waitFor(async () => expect(await listParked(store)).toMatchObject([{ attempts: 2 }]), PATIENT);
      peer.answer = () => true;
      clock += 3_600_000;
      await vi.waitFor(async () => expect(await records.summary()).toMatchObject({ parked: 0, waiting: 0 }), PATIENT);
      expect(times(peer.kept).filter((time) => time === bad.checkTime)).toHaveLength(1);
    });

    it.each([
      ['answers garbage', () => ({ body: '<html>maintenance</html>' })],
      ['answers 502', () => ({ status: 502, body: 'Bad Gateway' })],
      ['cuts the connection', () => (socket: { destroy(): void }) => socket.destroy()],
      ['does not answer', () => () => {}],
      ['answers without a ReportResult', () => reply({})],
      ['is overloaded', () => ({ ...reply({ ErrorCode: 'OVERLOADED', ErrorMessage: '' }), status: 503 })],
    ] satisfies [string, PlainPeer['answer']][])(
      'holds and parks nothing while the peer %s, then delivers',
      async (what, answer) => {
        const peer = await start(answer);
        const batch = makeRecords(5);
        await keep(...batch);
        const forwarder = forward(peer.upstream, what === 'does not answer' ? { timeoutMs: 300 } : {});
        await heldUp(forwarder, 2);
        expect(await records.summary()).toMatchObject({ waiting: 5, parked: 0 });
        // A failure leaves no mark in the database.
        expect(await store.db.selectFrom('outbox').select(['attempts', 'errorCode']).distinct().execute()).toEqual([
          { attempts: 0, errorCode: null },
        ]);
        peer.answer = () => true;
        await empty();
        // The batch may have been bisected when the peer began to take it: then a later part arrives first, in order within itself.
        for (const report of peer.reports) expect(times(report)).toEqual(times(report).toSorted());
        expect(times(peer.kept).toSorted()).toEqual(batch.map(({ checkTime }) => checkTime));
      },
    );

    it('keeps new records while an answer is awaited', async () => {
      const answered = Promise.withResolvers<boolean>();
      const peer = await start(() => answered.promise);
      await keep(makeRecord(1));
      forward(peer.upstream);
      await vi.waitFor(() => expect(peer.reports).toHaveLength(1), PATIENT);
      expect(await keep(makeRecord(2))).toEqual(['kept']);
      answered.resolve(true);
      await empty();
      expect(peer.reports.map((report) => report.length)).toEqual([1, 1]);
    });

    it.each<[string, PeerAnswer]>([
      ['takes no larger ones', { status: 413, body: '' }],
      ['has too much to do', { status: 503, ...reply({ ErrorCode: 'OVERLOADED', ErrorMessage: 'later' }) }],
      ['gives up waiting', { status: 408, ...reply({ ErrorCode: 'BODY_TOO_SLOW', ErrorMessage: 'later' }) }],
      ['is too slow', () => {}],
    ])('sends smaller batches to a peer that %s', { tags: 'slow' }, async (_, refusal) => {
      const peer = await start((tickets) => (tickets.length > 100 ? refusal : true));
      await keep(...makeRecords(400));
      forward(peer.upstream, { timeoutMs: 300 });
      await empty();
      // On a busy machine a reply comes too late, and what it was for is sent again.
      expect(new Set(times(peer.kept)).size).toBe(400);
      expect(await records.summary()).toMatchObject({ parked: 0 });
    });

    it('parks a record on which the peer never answers, once its neighbours show that it does otherwise', {
      tags: 'slow',
    }, async () => {
      const batch = makeRecords(6);
      const bad = batch[0]!;
      const silent = (tickets: WireTicket[]) => without(bad)(tickets) || (() => {});
      const peer = await start(silent);
      await keep(...batch);
      const forwarder = forward(peer.upstream, { timeoutMs: 300, pollMs: 20 });
      await empty();
      expect(times(peer.kept).sort()).toEqual(batch.slice(1).map(({ checkTime }) => checkTime));
      expect(await listParked(store)).toMatchObject([{ record: { recordId: bad.recordId }, errorCode: 'TIMEOUT' }]);
      // Tried again after an hour, and again in vain, it rests again and holds nothing up.
      clock += 3_600_000;
      await vi.waitFor(async () => expect(await listParked(store)).toMatchObject([{ attempts: 2 }]), PATIENT);
      expect(forwarder.status().holdups).toEqual([]);
      await keep(makeRecord(7));
      await empty();
      expect(peer.kept).toHaveLength(6);
    });

    it.each<[string, PeerAnswer]>([
      ['413', { status: 413 }],
      ['BODY_TOO_LARGE', { status: 413, ...reply({ ErrorCode: 'BODY_TOO_LARGE', ErrorMessage: 'too large' }) }],
    ])('parks a single record that is refused for its size (%s), and sends the rest', async (_, refusal) => {
      const large = makeRecord(3, { filmName: 'x'.repeat(50_000) });
      const isLarge = ({ FilmName }: WireTicket) => FilmName === large.filmName;
      const peer = await start((tickets) => (tickets.some(isLarge) ? refusal : true));
      await keep(makeRecord(1), makeRecord(2), large, makeRecord(4), makeRecord(5));
      await forward(peer.upstream).drain();
      expect(peer.kept).toHaveLength(4);
      expect(await records.summary()).toMatchObject({ waiting: 0, parked: 1 });
      expect(await listParked(store)).toMatchObject([{ record: { recordId: large.recordId } }]);
    });

    describe('an incomplete record', () => {
      it('is completed first, and its neighbours do not wait for it', async () => {
        const peer = await start(() => true);
        const incomplete = makeRecord(1, INCOMPLETE);
        const neighbour = makeRecord(2);
        const known = Promise.withResolvers<Awaited<ReturnType<Complete>>>();
        await keep(incomplete, neighbour);
        forward(peer.upstream, {}, () => known.promise);
        await vi.waitFor(() => expect(times(peer.kept)).toEqual([neighbour.checkTime]), PATIENT);
        known.resolve({ ticketType: '现场售票', screenName: '3号厅', filmName: '流浪地球', rowNum: 7, columnNum: 12 });
        await empty();
        expect(peer.kept[1]).toMatchObject({ TicketType: '现场售票', FilmName: '流浪地球', RowNum: 7 });
        expect(peer.kept).toHaveLength(2);
      });

      it('goes as it is when its time is over', async () => {
        const peer = await start(() => true);
        await keep(makeRecord(1, INCOMPLETE));
        const settings = { completionWindowMs: 200, pollMs: 20, unknownTicketType: '现场售票' } as const;
        forward(peer.upstream, settings, async () => null);
        await empty();
        expect(peer.kept).toMatchObject([{ TicketType: '现场售票', FilmName: '', ScreenName: '', RowNum: 0 }]);
      });
    });
  });
});
