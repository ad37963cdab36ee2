import { expect, onTestFinished, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../apps/third-party-platform/src/migrations.ts';
import { tellChangedDays } from '../apps/third-party-platform/src/telling/tell-days.ts';
import { SPOKEN_UPSTREAM } from '../apps/third-party-platform/src/upstream/spoken-upstream.ts';
import { createRecordStore } from '../packages/check-records/src/index.ts';
import type { ReceivedRecord } from '../packages/check-records/src/tables/received-record.ts';
import { CINEMA, makeRecords } from '../packages/check-records/src/testing/records.ts';
import { connectTo } from '../packages/exchange/src/testing/index.ts';
import { startNationalPlatform } from '../packages/peers/src/vitest.ts';
import { APIS, parseCinemaCode, parseWallClock, wallClockAt } from '../packages/protocol/src/index.ts';
import { describeEachEngine } from '../packages/storage/src/testing/index.ts';

const OTHER_CINEMA = parseCinemaCode('31012346');
const MORNING = Date.parse('2026-11-24T09:00:00+08:00');
const DAY_MS = 86_400_000;

describeEachEngine('telling the national platform of business dates', ({ open }) => {
  async function start() {
    const clock = { value: MORNING };
    const now = () => clock.value;
    const national = await startNationalPlatform({
      now,
      extensions: ['record-id', 'check-records', 'business-days'],
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
      tell: (maxHashed?: number) =>
        tellChangedDays({ store, upstream, now, stopping: stopping.signal, ...(maxHashed && { maxHashed }) }),
      /** What it was told since this was asked last, in order, and whether with its hours. */
      told() {
        const asked = national.queries(APIS.reportBusinessDay).map(({ CinemaCode, BusinessDate, Hours }) => ({
          day: `${String(CinemaCode)} ${String(BusinessDate)}`,
          hashed: Hours !== undefined,
        }));
        national.calls.length = 0;
        return asked;
      },
    };
  }

  test('ends at once when the service stops, whatever is waited for, and says nothing more', async () => {
    const { national, stopping, deliver, tell, told } = await start();
    await deliver('2026-11-23');
    const mend = national.hold(APIS.reportBusinessDay);
    const asked = national.nextAsked(APIS.reportBusinessDay);
    const telling = tell();
    await asked;
    stopping.abort();
    await expect(telling).rejects.toBe(stopping.signal.reason);
    expect(told()).toHaveLength(1);
    mend();
  });

  test('reports days long ago only of cinemas whose records came late', async () => {
    const { clock, deliver, tell, told } = await start();
    for (const cinema of [CINEMA, OTHER_CINEMA])
      for (const day of ['21', '22']) await deliver(`2026-11-${day}`, cinema);
    clock.value = MORNING + 30 * DAY_MS;
    await deliver('2026-11-22');
    await tell();
    expect(told()).toEqual([{ day: `${CINEMA} 2026-11-22`, hashed: true }]);
  });

  test('reports the hours of so many days a run, the newest first, and only the numbers of the others until then', async () => {
    const { deliver, tell, told } = await start();
    for (const day of ['21', '22', '23', '24']) await deliver(`2026-11-${day}`);
    const of = (day: number, hashed: boolean) => ({ day: `${CINEMA} 2026-11-${day}`, hashed });
    await tell(1);
    expect(told()).toEqual([of(24, false), of(23, true), of(22, false), of(21, false)]);
    await tell(1);
    expect(told()).toEqual([of(22, true)]);
    await tell(1);
    expect(told()).toEqual([of(21, true)]);
    await tell(1);
    expect(told()).toEqual([]);
  });
});
