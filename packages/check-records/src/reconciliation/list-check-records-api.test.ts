// @module-tag service
import {
  APIS,
  addSeconds,
  type CheckRecord,
  compareInOrder,
  createRecordsHash,
  parseCinemaCode,
  parseWallClock,
  type WallClock,
} from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { answerTo, startPlatform } from '../testing/platform.ts';
import { CINEMA, makeRecord, makeRecords, type SomeRecords } from '../testing/records.ts';

const now = () => Date.parse('2026-11-24T23:00:00+08:00');
const DATE = '2026-11-24';
const QUERY = { CinemaCode: CINEMA, BusinessDate: DATE };
const at = (time: string) => parseWallClock(time);

const hashOf = (records: readonly CheckRecord[]) => {
  const hash = createRecordsHash();
  for (const record of records.toSorted(compareInOrder)) hash.add(record);
  return hash.end().hash;
};

type Page = { CheckRecords: Record<string, unknown>[]; Next: string | null };

describeEachEngine('ListCheckRecords', (engine) => {
  async function start(options: { forward?: boolean; cinemaCodes?: (typeof CINEMA)[] } = {}) {
    const { forward = true, cinemaCodes = [CINEMA] } = options;
    const platform = await startPlatform(engine, { now, forward });
    const account = await platform.issue(cinemaCodes);
    const caller = platform.connectAs(account);
    const keep = (records: readonly ReceivedRecord[]) => platform.records.keep(records, { forward });
    const ask = (query: object, as = caller) => answerTo(as, APIS.listCheckRecords, { ...QUERY, ...query });
    async function* pages(hour: string) {
      let after: string | null = null;
      do {
        const page: Page = (await ask({ Hour: hour, ...(after !== null && { After: after }) })) as Page;
        yield page;
        after = page.Next;
      } while (after !== null);
    }
    /** One record of this account for each time. */
    const recordsAt = (...times: WallClock[]) =>
      times.map((checkTime, n) => makeRecord(n, { checkTime, account: account.username })) as SomeRecords;
    return { platform, account, keep, ask, pages, recordsAt };
  }

  it('tells each hour of a business date with records, which runs from 06:00 to 06:00', async () => {
    const { keep, ask, recordsAt } = await start();
    const [before, first, last, after] = recordsAt(
      at('2026-11-24T05:59:59'),
      at('2026-11-24T06:00:00'),
      at('2026-11-25T05:59:59'),
      at('2026-11-25T06:00:00'),
    );
    await keep([after, last, first, before]);
    expect(await ask({})).toEqual({
      Hours: [
        { Hour: '2026-11-24T06', Records: 1, Hash: hashOf([first]), Quarantined: 0, Undelivered: 1 },
        { Hour: '2026-11-25T05', Records: 1, Hash: hashOf([last]), Quarantined: 0, Undelivered: 1 },
      ],
    });
    expect(await ask({ BusinessDate: '2026-11-26' })).toEqual({ Hours: [] });
  });

  it('lists the records of an hour in pages, each once, as they are reported', async () => {
    const { keep, pages, recordsAt } = await start();
    const times = Array.from({ length: 1200 }, (_, n) => addSeconds(at('2026-11-24T19:00:00'), Math.floor(n / 600)));
    const records = recordsAt(...times, at('2026-11-24T20:00:00'));
    await keep(records);
    const listed: Record<string, unknown>[] = [];
    let count = 0;
    for await (const page of pages('2026-11-24T19')) {
      listed.push(...page.CheckRecords);
      count += 1;
    }
    expect(count).toBe(3);
    const expected = records.slice(0, 1200).toSorted(compareInOrder);
    expect(listed.map(({ RecordId }) => RecordId)).toEqual(expected.map(({ recordId }) => recordId));
    expect(listed[0]).toEqual({
      RecordId: expected[0]?.recordId,
      TicketInfoCode: expected[0]?.ticketInfoCode,
      CheckTime: '2026-11-24T19:00:00',
      ScreenCode: '0003000000000000',
      ScreenName: '3号厅',
      FilmCode: '001102582026',
      FilmName: '流浪地球',
      SessionCode: 'S170000000000000',
      StartTime: '2026-11-24T19:30:00',
      TicketType: '网络售票',
      FilmTicketCode: expected[0]?.filmTicketCode,
      RowNum: 7,
      ColumnNum: 12,
      Price: 45,
      Service: 3,
      State: 'counted',
      Delivered: false,
    });
  });

  it('says of each record whether it counts, was delivered or was refused by the next platform', async () => {
    const { keep, ask, pages, recordsAt, platform } = await start();
    const hour = at('2026-11-24T19:00:00');
    const records = recordsAt(hour, addSeconds(hour, 1), addSeconds(hour, 2), addSeconds(hour, 3));
    const [delivered, parked, waiting, aside] = records;
    await keep([delivered, parked, waiting, { ...aside, quarantine: 'CODE_NOT_GENUINE' }]);
    const { outbox } = platform.records;
    await outbox.confirm([{ record: delivered, revision: 0 }], hour);
    await outbox.park([{ record: parked, revision: 0, errorCode: 'INVALID_PRICE', errorMessage: '' }], hour, hour);
    const states = [];
    for await (const { CheckRecords } of pages('2026-11-24T19')) {
      states.push(
        ...CheckRecords.map(({ State, ErrorCode, Delivered, DeliveryErrorCode }) => [
          State,
          ErrorCode,
          Delivered,
          DeliveryErrorCode,
        ]),
      );
    }
    expect(states).toEqual([
      ['counted', undefined, true, undefined],
      ['counted', undefined, false, 'INVALID_PRICE'],
      ['counted', undefined, false, undefined],
      ['quarantined', 'CODE_NOT_GENUINE', undefined, undefined],
    ]);
    const counted = { Records: 3, Hash: hashOf([delivered, parked, waiting]), Quarantined: 1, Undelivered: 2 };
    expect(await ask({})).toEqual({ Hours: [{ Hour: '2026-11-24T19', ...counted }] });
  });

  it('shows an account only its own records and cinemas, even from another account’s place', async () => {
    const { keep, ask, pages, recordsAt, platform } = await start();
    const other = await platform.issue([CINEMA]);
    const times = Array.from({ length: 501 }, (_, n) => addSeconds(at('2026-11-24T19:00:00'), n));
    await keep(recordsAt(...times).map((record) => ({ ...record, account: other.username })));
    const [own] = recordsAt(at('2026-11-24T19:59:00'));
    await keep([own]);
    const asOther = platform.connectAs(other);
    expect((await ask({}, asOther)).Hours).toMatchObject([{ Records: 501 }]);
    expect((await ask({})).Hours).toMatchObject([{ Records: 1, Hash: hashOf([own]) }]);
    const { Next } = (await ask({ Hour: '2026-11-24T19' }, asOther)) as Page;
    expect(Next).not.toBeNull();
    const page = (await ask({ Hour: '2026-11-24T19', After: Next })) as Page;
    expect(page.CheckRecords.map(({ RecordId }) => RecordId)).toEqual([own.recordId]);
    for await (const { CheckRecords } of pages('2026-11-24T19')) expect(CheckRecords).toHaveLength(1);
    expect(await ask({ CinemaCode: parseCinemaCode('31012346') })).toEqual({ refused: 'CINEMA_NOT_ALLOWED' });
  });

  it.each([
    { BusinessDate: '2026-02-30' },
    { BusinessDate: '2026-11-24T06:00:00' },
    { BusinessDate: '2016-11-24/2026-11-24' },
    { Hour: '2026-11-24T05' },
    { Hour: '2026-11-24T25' },
    { After: 'x' },
    { Hour: '2026-11-24T19', After: 'x' },
    { Hour: '2026-11-24T19', After: "2026-11-24T19:00:00 ' or 1=1 --" },
    { Hour: '2026-11-24T19', After: `2026-11-24T20:00:00 019389f2-7c00-7abc-8def-0123456789ab ${'0'.repeat(32)}` },
    { Hour: '2026-11-24T19', After: `2026-11-24T19:60:00 019389f2-7c00-7abc-8def-0123456789ab ${'0'.repeat(32)}` },
  ])('refuses %j', async (query) => {
    const { ask } = await start();
    expect(await ask(query)).toEqual({ refused: 'INVALID_QUERY' });
  });

  it('answers one question of an account at a time', async () => {
    const { keep, ask, account } = await start();
    await keep(makeRecords(600, { account: account.username }));
    const answers = await Promise.all([ask({}), ask({}), ask({})]);
    const codes = answers.map(({ refused }) => refused);
    expect(codes.filter((code) => code === undefined).length).toBeGreaterThanOrEqual(1);
    expect(codes.filter((code) => code === 'OVERLOADED').length).toBeGreaterThanOrEqual(1);
    expect((await ask({})).Hours).toMatchObject([{ Records: 600 }]);
  });
});
