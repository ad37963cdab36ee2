import { expect, onTestFinished, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../apps/third-party-platform/src/migrations.ts';
import { tellChangedDays } from '../apps/third-party-platform/src/telling/tell-days.ts';
import { SPOKEN_UPSTREAM } from '../apps/third-party-platform/src/upstream/spoken-upstream.ts';
import { createRecordStore } from '../packages/check-records/src/index.ts';
import type { ReceivedRecord } from '../packages/check-records/src/tables/received-record.ts';
import { CINEMA, makeRecords } from '../packages/check-records/src/testing/records.ts';
import { connectTo } from '../packages/exchange/src/testing/index.ts';
import { HttpAnswer } from '../packages/peers/src/index.ts';
import { startNationalPlatform } from '../packages/peers/src/vitest.ts';
import { APIS, errorReplyJson, parseCinemaCode, parseWallClock, wallClockAt } from '../packages/protocol/src/index.ts';
import { describeEachEngine } from '../packages/storage/src/testing/index.ts';

const OTHER_CINEMA = parseCinemaCode('31012346');
const MORNING = Date.parse('2026-11-24T09:00:00+08:00');
const DAY_MS = 86_400_000;

describeEachEngine('telling the national platform of business dates', ({ open }) => {
  async function start({ extensions = [] as string[] } = {}) {
    const clock = { value: MORNING };
    const now = () => clock.value;
    const national = await startNationalPlatform({
      now,
      extensions: ['record-id', 'check-records', 'business-days', ...extensions],
    });
    national.replace(APIS.reportBusinessDay, () => ({ Kept: true }));
    const upstream = connectTo(national.bundle, { extensions: SPOKEN_UPSTREAM, now });
    onTestFinished(() => upstream.close());
    // What it announces is known once it has answered.
    const read = (replyData: Record<string, unknown>) => replyData;
    await upstream.call(APIS.getPublicKeys, { CinemaCode: CINEMA }, { read, timeoutMs: 10_000, idempotent: true });
    const store = await open<ThirdPartyTables>(thirdPartyMigrations);
    const here = createRecordStore(store);
    const stopping = new AbortController();
    let seen = 0;
    return {
      clock,
      national,
      stopping,
      /** Records that were made on the evening of a date are accepted now. */
      async deliver(date: string, cinemaCode = CINEMA) {
        seen += 1;
        const [record] = makeRecords(seen, { cinemaCode, checkTime: parseWallClock(`${date}T20:00:00`) }).slice(-1);
        await here.keep([record as ReceivedRecord], { forward: true });
        const { complete } = await here.outbox.oldest(cinemaCode, 1000);
        await here.outbox.confirm(complete, wallClockAt(now()));
      },
      async deliverAll(count: number) {
        const records = makeRecords(count);
        await here.keep(records, { forward: true });
        for (let { complete } = await here.outbox.oldest(CINEMA, 1000); complete.length > 0; ) {
          await here.outbox.confirm(complete, wallClockAt(now()));
          ({ complete } = await here.outbox.oldest(CINEMA, 1000));
        }
      },
      tell: (maxCompared?: number) =>
        tellChangedDays({ store, upstream, now, stopping: stopping.signal, ...(maxCompared && { maxCompared }) }),
      /** What it was told since this was asked last, in order, and whether the records were compared too. */
      told() {
        const asked = national.queries(APIS.reportBusinessDay).map(({ CinemaCode, BusinessDate, Hours }) => ({
          day: `${String(CinemaCode)} ${String(BusinessDate)}`,
          compared: Hours !== undefined,
        }));
        national.calls.length = 0;
        return asked;
      },
    };
  }

  test.each(['ListCheckRecords', 'ReportBusinessDay'])(
    'ends at once when the service stops, whatever %s waits for, and says nothing more',
    // Less than ListCheckRecords may take.
    { timeout: 45_000 },
    async (api) => {
      const { national, stopping, deliver, tell, told } = await start();
      await deliver('2026-11-23');
      const mend = national.hold(api);
      const asked = national.nextAsked(api);
      const telling = tell();
      await asked;
      stopping.abort();
      await expect(telling).rejects.toBe(stopping.signal.reason);
      expect(told()).toHaveLength(api === 'ReportBusinessDay' ? 1 : 0);
      mend();
    },
  );

  test('compares days long ago of the cinemas alone whose records came late', async () => {
    const { clock, deliver, tell, told } = await start();
    for (const cinema of [CINEMA, OTHER_CINEMA])
      for (const day of ['21', '22']) await deliver(`2026-11-${day}`, cinema);
    clock.value = MORNING + 30 * DAY_MS;
    await deliver('2026-11-22');
    await tell();
    expect(told()).toEqual([{ day: `${CINEMA} 2026-11-22`, compared: true }]);
  });

  test('compares so many a run, the newest first, and tells of the others the number alone until then', async () => {
    const { deliver, tell, told } = await start();
    for (const day of ['21', '22', '23', '24']) await deliver(`2026-11-${day}`);
    const of = (day: number, compared: boolean) => ({ day: `${CINEMA} 2026-11-${day}`, compared });
    await tell(1);
    expect(told()).toEqual([of(24, false), of(23, true), of(22, false), of(21, false)]);
    await tell(1);
    expect(told()).toEqual([of(22, true)]);
    await tell(1);
    expect(told()).toEqual([of(21, true)]);
    await tell(1);
    expect(told()).toEqual([]);
  });

  test('tries what could not be compared again less and less often, whichever process does, and behind what was not tried', async () => {
    const { clock, national, deliver, tell, told } = await start();
    for (const day of ['21', '22', '23']) await deliver(`2026-11-${day}`);
    let isBroken = true;
    national.replace(APIS.listCheckRecords, ({ BusinessDate }, usual) =>
      isBroken && BusinessDate === '2026-11-23' ? errorReplyJson('INTERNAL_ERROR', 'no') : usual(),
    );
    const of = (day: number, compared: boolean) => ({ day: `${CINEMA} 2026-11-${day}`, compared });
    await tell(1);
    expect(told()).toEqual([of(23, false), of(22, false), of(21, false)]);
    await tell(1);
    expect(told()).toEqual([of(22, true)]);
    const after = async (minutes: number) => {
      clock.value += minutes * 60_000;
      await tell(1);
      return told();
    };
    expect(await after(10)).toEqual([of(21, true)]);
    expect(await after(0)).toEqual([of(23, false)]);
    expect(await after(19)).toEqual([]);
    expect(await after(1)).toEqual([of(23, false)]);
    isBroken = false;
    expect(await after(39)).toEqual([]);
    // What has changed is told at once all the same, as a number alone.
    await deliver('2026-11-23');
    expect(await after(0)).toEqual([of(23, false)]);
    expect(await after(1)).toEqual([of(23, true)]);
    expect(await after(0)).toEqual([]);
  });

  test('puts a day behind the others where the platform falls silent in the middle of it, whenever it comes there', async () => {
    const { clock, national, deliver, deliverAll, tell, told } = await start({ extensions: ['named-differences'] });
    await deliver('2026-11-23');
    await deliverAll(1500);
    clock.value += DAY_MS;
    const mend = national.replace(APIS.reportBusinessDay, ({ DifferencesBefore }) =>
      DifferencesBefore === 1000 ? new HttpAnswer({ status: 503, body: 'no' }) : { Kept: true },
    );
    const of = (day: number) => ({ day: `${CINEMA} 2026-11-${day}`, compared: true });
    await tell();
    // The call itself is made once more before it counts as a silence.
    expect(told()).toEqual([of(24), of(24), of(24)]);
    await tell();
    expect(told()).toEqual([of(23)]);
    mend();
    await tell();
    expect(told()).toEqual([]);
    clock.value += 10 * 60_000;
    await tell();
    expect(told()).toEqual([of(24), of(24)]);
  });

  test('tells a platform that takes the differences in one call alone the first of them', async () => {
    const { clock, national, deliverAll, tell } = await start();
    await deliverAll(250);
    clock.value += DAY_MS;
    await tell();
    const [asked, ...others] = national.queries(APIS.reportBusinessDay);
    expect(others).toEqual([]);
    expect(asked).toMatchObject({ Differences: { length: 100 } });
    expect(asked).not.toHaveProperty('DifferencesFollow');
  });
});
