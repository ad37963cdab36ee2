// @module-tag service
import { createSecretKey } from 'node:crypto';
import {
  APIS,
  addSeconds,
  type CinemaKey,
  checkTicketJson,
  deriveRecordId,
  type Extension,
  parseFilmTicketCode,
  parseWallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { describe, expect, it } from 'vitest';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { listSuspicious } from '../tables/suspicious-rows.ts';
import { answerTo, startPlatform, wire } from '../testing/platform.ts';
import { CINEMA, INCOMPLETE, makeRecord, makeRecords, makeUkey, storedRecord, UKEY } from '../testing/records.ts';
import { isProbe } from './report-api.ts';

const now = () => Date.parse('2026-11-24T20:00:00+08:00');

describeSqlite('ReportOriginalCheckTickets', (engine) => {
  /** A platform, and a caller who reports what it is given as it stands. */
  async function start(
    options: { extensions?: readonly Extension[] } & Partial<Parameters<typeof startPlatform>[1]> = {},
  ) {
    const { extensions: callers = ['record-id'], ...rest } = options;
    const platform = await startPlatform(engine, { now, ...rest });
    const caller = await platform.connect({ extensions: callers });
    const extended = callers.includes('record-id');
    const wire = (record: ReceivedRecord) => checkTicketJson(record, { extended, priceForm: 'two-decimals' });
    const post = (tickets: readonly unknown[], as = caller) =>
      answerTo(as, APIS.reportOriginalCheckTickets, { CinemaCode: CINEMA, CheckTickets: tickets });
    const report = (...records: ReceivedRecord[]) => post(records.map(wire));
    const stored = async () => platform.store.db.selectFrom('checkRecord').selectAll().orderBy('checkTime').execute();
    return { platform, caller, wire, post, report, stored };
  }

  it('keeps what an extended caller reports under its RecordId', async () => {
    const { platform, caller, report } = await start();
    const record = makeRecord(1);
    expect(await report(record)).toEqual({ ReportResult: true });
    expect(await storedRecord(platform.store, record.recordId)).toEqual({
      ...record,
      account: caller.username,
      receivedAt: wallClockAt(now()),
    });
  });

  it('answers an empty report past the queue, and no other', async () => {
    const lists = [[], [wire(makeRecord(1))], undefined];
    expect(lists.map((CheckTickets) => isProbe({ CheckTickets }))).toEqual([true, false, false]);
    const { report } = await start();
    expect(await report()).toEqual({ ReportResult: true });
  });

  it('keeps a record of a plain caller once, however often it comes and also twice in one batch', async () => {
    const { report, stored } = await start({ extensions: [] });
    const record = makeRecord(1);
    expect(await report(record, record)).toEqual({ ReportResult: true });
    expect(await report(record)).toEqual({ ReportResult: true });
    expect(await stored()).toHaveLength(1);
    expect((await stored())[0]?.recordId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8/);
  });

  it('keeps nothing of a batch with a malformed record and names each one to an extended caller', async () => {
    const { wire, post, stored } = await start();
    const tickets = [makeRecord(1), makeRecord(2), makeRecord(3)].map(wire);
    const [good, short, late] = tickets;
    const batch = [good, { ...short, ScreenCode: '3' }, { ...late, CheckTime: '2026-02-30T10:00:00' }];
    expect(await post(batch)).toMatchObject({
      ReportResult: false,
      ErrorCode: 'WRONG_LENGTH',
      ErrorMessage: expect.stringContaining('ScreenCode'),
      Rejected: [
        { Index: 1, FilmTicketCode: short?.FilmTicketCode, ErrorCode: 'WRONG_LENGTH' },
        { Index: 2, FilmTicketCode: late?.FilmTicketCode, ErrorCode: 'INVALID_DATETIME' },
      ],
    });
    expect(await stored()).toEqual([]);
  });

  it('names the first faulty record to a plain caller, and shows it no element of ours', async () => {
    const { wire, post } = await start({ extensions: [] });
    const { TicketType: _, ...untyped } = wire(makeRecord(1));
    const good = [makeRecord(2), makeRecord(3)].map(wire);
    const answer = await post([...good, untyped, 'not a record']);
    expect(answer).toMatchObject({
      ReportResult: false,
      ErrorCode: 'MISSING_ELEMENT',
      ErrorMessage: `CheckTickets[2], ticket ${untyped.FilmTicketCode}: TicketType is missing (refused records: 2)`,
    });
    expect(Object.keys(answer).sort()).toEqual(['ErrorCode', 'ErrorMessage', 'ReportResult']);
  });

  it('asks for the keys of a cinema only where none at hand opens a code', async () => {
    const later = makeUkey();
    let asked = 0;
    const { report, stored } = await start({
      keysAtHand: () => [UKEY.key],
      keysEver: async () => {
        asked += 1;
        return [UKEY.key, later.key];
      },
    });
    await report(makeRecord(1));
    expect(asked).toBe(0);
    await report(makeRecord(2), makeRecord(3, { ukey: later }));
    expect(asked).toBe(1);
    expect((await stored()).map(({ quarantine }) => quarantine)).toEqual([null, null, null]);
  });

  it('keeps aside what contradicts its code, answers true and names it to an extended caller', async () => {
    const { platform, report } = await start({ forward: true });
    const wrong = makeRecord(1, {
      filmTicketCode: parseFilmTicketCode('9'.repeat(16)),
      ticketInfoCode: makeRecord(2).ticketInfoCode,
    });
    const good = makeRecord(3);
    expect(await report(good, wrong)).toMatchObject({
      ReportResult: true,
      Quarantined: [{ Index: 1, FilmTicketCode: '9'.repeat(16), ErrorCode: 'CODE_CONTRADICTS_RECORD' }],
    });
    expect(await platform.records.entriesOf([good, wrong])).toMatchObject([{ recordId: good.recordId }, null]);
    expect((await platform.records.outbox.oldest(CINEMA, 10)).complete).toMatchObject([
      { record: { recordId: good.recordId } },
    ]);
  });

  it('counts by account what is probably in UTC or fen, and refuses nothing for it', async () => {
    const { platform, caller, post, wire } = await start();
    const utc = wire(makeRecord(1, { checkTime: parseWallClock('2026-11-24T11:20:00') }));
    const fen = { ...wire(makeRecord(2)), Price: '4500' };
    for (let times = 0; times < 2; times += 1) {
      expect(await post([utc, fen, wire(makeRecord(3))])).toEqual({ ReportResult: true });
    }
    const found = await listSuspicious(platform.store, { cinemas: CINEMA, after: null, limit: 10 });
    expect(found.map(({ account, kind, records }) => [account, kind, records])).toEqual([
      [caller.username, 'fen-price', 1],
      [caller.username, 'utc-check-time', 1],
    ]);
  });

  it('says nothing untrue about quarantined records to a plain caller', async () => {
    const { report } = await start({ extensions: [] });
    expect(await report(makeRecord(1, { ukey: makeUkey() }))).toEqual({ ReportResult: true });
  });

  it('refuses with KEYS_UNAVAILABLE while the cinema has no key, and keeps nothing', async () => {
    const { report, stored } = await start({ keysEver: async () => [] });
    expect(await report(makeRecord(1))).toEqual({ refused: 'KEYS_UNAVAILABLE' });
    expect(await stored()).toEqual([]);
  });

  it('fetches the keys once more before it quarantines a record', async () => {
    const keys: CinemaKey[] = [makeUkey('2020-01-01T00:00:00').key];
    const { platform, report } = await start({
      keysEver: async () => [...keys],
      refreshKeys: async () => {
        keys.push(UKEY.key);
      },
    });
    await report(makeRecord(1));
    expect(await platform.records.summary()).toMatchObject({ quarantined: 0 });
  });

  it('keeps aside a check of another age, which no key releases, and neither counts nor forwards it', async () => {
    const keys: CinemaKey[] = [makeUkey().key];
    const keysEver = async () => [...keys];
    const { platform, report } = await start({ keysEver, forward: true });
    const [early, late] = [
      makeRecord(1, { checkTime: parseWallClock('1970-01-01T00:00:00') }),
      makeRecord(2, { checkTime: parseWallClock('9999-12-31T23:59:59') }),
    ];
    expect(await report(early)).toMatchObject({ Quarantined: [{ ErrorCode: 'CODE_NOT_GENUINE' }] });
    keys.push(UKEY.key);
    const review = async () => {
      await platform.requestReview(CINEMA);
      const requested = () => platform.store.db.selectFrom('quarantineReview').selectAll().execute();
      await expect.poll(requested).toEqual([]);
    };
    await review();
    expect(await report(late)).toMatchObject({
      ReportResult: true,
      Quarantined: [{ Index: 0, ErrorCode: 'CHECK_TIME_IMPLAUSIBLE' }],
    });
    await review();
    expect(await platform.records.entriesOf([early, late])).toEqual([null, null]);
    expect(await platform.records.summary()).toMatchObject({ quarantined: 2, waiting: 0 });
  });

  it('lets rubbish occupy the RecordId of another account in vain: the genuine record counts and goes on', async () => {
    const { platform, report, wire, post } = await start({ keysEver: async () => [UKEY.key], forward: true });
    const neighbour = await platform.connect();
    const genuine = makeRecord(1);
    const rubbish = { ...genuine, ticketInfoCode: makeRecord(1, { ukey: makeUkey() }).ticketInfoCode };
    const quarantined = { ReportResult: true, Quarantined: [{ Index: 0, ErrorCode: 'CODE_NOT_GENUINE' }] };
    expect(await post([wire(rubbish)], neighbour)).toMatchObject(quarantined);
    expect(await report(genuine)).toEqual({ ReportResult: true });
    expect(await platform.records.entriesOf([genuine])).toMatchObject([
      { isDouble: false, recordId: genuine.recordId },
    ]);
    const { receivedAt: _, account: __, ...record } = genuine;
    expect((await platform.records.outbox.oldest(CINEMA, 10)).complete).toMatchObject([{ record }]);
  });

  it('gives a plain caller’s record an id that nobody can occupy in advance', async () => {
    const { platform, caller, wire, post, stored } = await start({ extensions: [] });
    const record = makeRecord(1);
    const guessed = deriveRecordId(record, caller.username, createSecretKey(Buffer.alloc(32)));
    const other = makeRecord(2, { recordId: guessed });
    const neighbour = await platform.connect();
    await post([checkTicketJson(other, { extended: true, priceForm: 'two-decimals' })], neighbour);
    expect(await post([wire(record)])).toEqual({ ReportResult: true });
    const ids = (await stored()).map(({ recordId }) => recordId);
    expect(ids).toHaveLength(2);
    expect(ids.filter((id) => id === guessed)).toHaveLength(1);
    await post([wire(record)]);
    expect((await stored()).map(({ recordId }) => recordId)).toEqual(ids);
  });

  it.each<[string, Extension[], Extension[]]>([
    ['without the header', ['record-id'], []],
    ['with the header', [], ['record-id']],
  ])('a report that is sent again within the window %s is the same records', async (_, first, again) => {
    const { platform, stored } = await start();
    const { username, privateKey } = await platform.issue();
    const as = (extensions: readonly Extension[]) => platform.connectAs({ username, privateKey, extensions });
    const [record, incomplete] = [makeRecord(1), makeRecord(2, INCOMPLETE)];
    const tickets = [record, ...(first.length === 0 ? [] : [incomplete])].map((one) =>
      checkTicketJson(one, { extended: first.length > 0, priceForm: 'two-decimals' }),
    );
    const post = (extensions: readonly Extension[]) =>
      answerTo(as(extensions), APIS.reportOriginalCheckTickets, { CinemaCode: CINEMA, CheckTickets: tickets });
    expect(await post(first)).toMatchObject({ ReportResult: true });
    const before = await stored();
    expect(await post(again)).not.toHaveProperty('refused');
    expect(await stored()).toEqual(before);
    expect(await platform.records.entriesOf([record])).toMatchObject([{ isDouble: false }]);
  });

  it('keeps nothing that is sent again with the header after it was refused without it', async () => {
    const { wire, post, stored, platform } = await start({ extensions: [] });
    const untyped = { ...wire(makeRecord(1)), TicketType: '' };
    expect(await post([untyped])).toMatchObject({ ReportResult: false });
    expect(await post([untyped], await platform.connect())).toMatchObject({ ReportResult: false });
    expect(await stored()).toEqual([]);
  });

  describe('an account that reports rubbish', () => {
    const rubbish = (count: number) =>
      makeRecords(count, { ukey: makeUkey() }).map((record) => ({
        ...record,
        ticketInfoCode: makeRecord(1, { ukey: makeUkey() }).ticketInfoCode,
      }));

    it('has records quarantined up to the bound, and its genuine ones pass', async () => {
      const { platform, report, wire, post, stored } = await start({ maxQuarantined: 5 });
      const aside = rubbish(4);
      expect(await report(...aside)).toMatchObject({ ReportResult: true });
      const [fits, surplus] = rubbish(2);
      const genuine = makeRecord(50);
      expect(await report(genuine, fits!, surplus!)).toEqual({
        ReportResult: false,
        ErrorCode: 'QUARANTINE_FULL',
        ErrorMessage: expect.anything(),
        Rejected: [expect.objectContaining({ Index: 2, ErrorCode: 'QUARANTINE_FULL' })],
      });
      expect(await stored()).toHaveLength(4);
      expect(await report(genuine, fits!)).toMatchObject({ ReportResult: true });
      // What is there already needs no room: a reply that was lost is asked for again.
      expect(await report(...aside, fits!)).toMatchObject({ ReportResult: true });
      expect(await report(surplus!)).toMatchObject({ ReportResult: false });
      expect(await report(makeRecord(51))).toEqual({ ReportResult: true });
      expect(await stored()).toHaveLength(7);
      expect(await post([wire(surplus!)], await platform.connect())).toMatchObject({ ReportResult: true });
    });

    it('stays within the bound with many reports at once', async () => {
      const { report, stored } = await start({ maxQuarantined: 5 });
      await Promise.all(rubbish(12).map((record) => report(record)));
      expect((await stored()).length).toBeLessThanOrEqual(5);
    });
  });

  describe('an account that reports one genuine ticket under many RecordIds', () => {
    const again = (record: ReceivedRecord, count: number) =>
      Array.from({ length: count }, (_, n) => ({
        ...record,
        recordId: makeRecord(1).recordId,
        checkTime: addSeconds(record.checkTime, n),
      }));
    it('has entries of one ticket counted up to the bound, and further ones quarantined', async () => {
      const { platform, report, wire, post, stored } = await start({ maxEntries: 3, forward: true });
      const [first, second, third, fourth, fifth, sixth] = again(makeRecord(1), 6);
      const aside = (...indexes: number[]) => ({
        ReportResult: true,
        Quarantined: indexes.map((Index) => expect.objectContaining({ Index, ErrorCode: 'TOO_MANY_ENTRIES' })),
      });
      expect(await report(first!, second!)).toEqual({ ReportResult: true });
      // What counts already takes no room once more.
      expect(await report(first!, second!, third!, fourth!)).toEqual(aside(3));
      expect(await report(makeRecord(2), fifth!)).toEqual(aside(1));
      expect(await report(sixth!)).toEqual(aside(0));
      expect(await stored()).toHaveLength(7);
      expect(await platform.records.summary()).toMatchObject({ quarantined: 3, waiting: 4 });
      // A reply that was lost is asked for again.
      expect(await report(first!, fourth!)).toEqual(aside(1));
      expect(await post([wire(sixth!)], await platform.connect())).toEqual({ ReportResult: true });
      expect(await platform.records.summary()).toMatchObject({ quarantined: 2, waiting: 5 });
    });

    it('has entries counted up to the bound when the key of its cinema comes later', async () => {
      const keys: CinemaKey[] = [makeUkey().key];
      const { platform, report, stored } = await start({ keysEver: async () => [...keys], maxEntries: 3 });
      await report(...again(makeRecord(1), 5));
      keys.push(UKEY.key);
      await platform.requestReview(CINEMA);
      const codes = async () => (await stored()).map(({ quarantine }) => quarantine).sort();
      await expect.poll(codes).toEqual(['TOO_MANY_ENTRIES', 'TOO_MANY_ENTRIES', null, null, null]);
    });
  });

  it('takes no notice of a RecordId that is none from a plain caller', async () => {
    const { wire, post, stored } = await start({ extensions: [] });
    const ticket = wire(makeRecord(1));
    expect(await post([{ ...ticket, RecordId: 7 }])).toEqual({ ReportResult: true });
    expect(await post([{ ...ticket, RecordId: 'x' }])).toEqual({ ReportResult: true });
    expect(await post([ticket])).toEqual({ ReportResult: true });
    expect(await stored()).toHaveLength(1);
  });

  it('keeps an offline record of a plain caller with a TicketType that it assumed, and fills its names when they come', async () => {
    const { post, wire, stored } = await start({ extensions: [] });
    const whole = wire(makeRecord(1));
    const offline = { ...whole, TicketType: '网络售票', ScreenName: '', FilmName: '', RowNum: 0, ColumnNum: 0 };
    for (const TicketType of ['', undefined]) {
      const refused = { ReportResult: false, ErrorCode: 'MISSING_ELEMENT' };
      expect(await post([{ ...offline, TicketType }])).toMatchObject(refused);
    }
    expect(await post([offline])).toEqual({ ReportResult: true });
    expect(await stored()).toMatchObject([{ ticketType: '网络售票', filmName: '', rowNum: 0, quarantine: null }]);
    expect(await post([{ ...whole, TicketType: '现场售票' }])).toEqual({ ReportResult: true });
    const { FilmName: filmName, RowNum: rowNum } = whole;
    expect(await stored()).toMatchObject([{ ticketType: '网络售票', filmName, rowNum }]);
  });
});
