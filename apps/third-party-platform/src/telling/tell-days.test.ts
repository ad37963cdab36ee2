// @module-tag service
import { createRecordStore } from '@ticket-check/check-records';
import { connectTo } from '@ticket-check/exchange/testing';
import { APIS, parseWallClock, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeBehindPooler, describeEachEngine } from '@ticket-check/storage/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { withStore } from '../testing/console-browser.ts';
import { CINEMA, makeUkey, OTHER_CINEMA, receivedRecord } from '../testing/test-cinema.ts';
import { createSite } from '../testing/test-platform.ts';
import { SPOKEN_UPSTREAM } from '../upstream/connect-national.ts';
import { tellChangedDays } from './tell-days.ts';

const MORNING = Date.parse('2026-11-24T09:00:00+08:00');
const DAY_MS = 86_400_000;
const EXTENSIONS = ['record-id', 'check-records', 'business-days'] as const;
const ukey = makeUkey();

const recordOf = (checkTime: WallClock, cinemaCode = CINEMA) => receivedRecord(ukey, { checkTime, cinemaCode });

describeEachEngine('telling the national platform of business dates', ({ open }) => {
  async function start() {
    const clock = { value: MORNING };
    const now = () => clock.value;
    const national = await startNationalPlatform({ now, extensions: EXTENSIONS });
    national.replace(APIS.reportBusinessDay, () => ({ Kept: true }));
    const upstream = connectTo(national.bundle, { extensions: SPOKEN_UPSTREAM, now });
    onTestFinished(() => upstream.close());
    // What it announces is known once it has answered.
    const read = (replyData: Record<string, unknown>) => replyData;
    await upstream.call(APIS.getPublicKeys, { CinemaCode: CINEMA }, { read, timeoutMs: 10_000, idempotent: true });
    const store = await open<ThirdPartyTables>(thirdPartyMigrations);
    const here = createRecordStore(store);
    const stopping = new AbortController();
    return {
      clock,
      national,
      store,
      stopping,
      /** A record of the evening of a date is accepted now. */
      async deliver(date: string, cinemaCode = CINEMA) {
        await here.keep([recordOf(parseWallClock(`${date}T20:00:00`), cinemaCode)], { forward: true });
        const { complete } = await here.outbox.oldest(cinemaCode, 1000);
        await here.outbox.confirm(complete, wallClockAt(now()));
      },
      tell: () => tellChangedDays({ store, upstream, now, stopping: stopping.signal }),
      /** The reports since the last call, in order, and whether with hours. */
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
  const of = (day: string, hashed: boolean, cinemaCode = CINEMA) => ({ day: `${cinemaCode} 2026-11-${day}`, hashed });

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

  test('reports a date while it goes on and with its hours once it is over, again only where it has changed', async () => {
    const { clock, deliver, tell, told } = await start();
    await deliver('2026-11-24');
    await tell();
    expect(told()).toEqual([of('24', false)]);
    clock.value = MORNING + DAY_MS;
    await tell();
    expect(told()).toEqual([of('24', true)]);
    await deliver('2026-11-24', OTHER_CINEMA);
    await tell();
    expect(told()).toEqual([of('24', true, OTHER_CINEMA)]);
  });

  test('reports again to a platform that has lost it', async () => {
    const { store, deliver, tell, told } = await start();
    await deliver('2026-11-23');
    await tell();
    expect(told()).toEqual([of('23', true)]);
    await tell();
    expect(told()).toEqual([]);
    await store.db.updateTable('toldUpstream').set({ generation: 'before the backup was restored' }).execute();
    await tell();
    expect(told()).toEqual([of('23', true)]);
  });

  test('reports what came late of the last fortnight, and no earlier date', async () => {
    const { clock, deliver, tell, told } = await start();
    for (const day of ['21', '22']) await deliver(`2026-11-${day}`);
    clock.value = MORNING + 12 * DAY_MS;
    await tell();
    expect(told()).toEqual([of('22', true)]);
    await deliver('2026-11-22', OTHER_CINEMA);
    await tell();
    expect(told()).toEqual([of('22', true, OTHER_CINEMA)]);
  });
});

describeBehindPooler('two processes of a platform', ({ url }) => {
  test('tell the national platform by themselves, each count once', async () => {
    const national = await startNationalPlatform({ extensions: EXTENSIONS });
    national.replace(APIS.reportBusinessDay, () => ({ Kept: true }));
    const site = await createSite(await url());
    const other = await createSite(site.env.DATABASE_URL ?? '');
    await site.setUpstream({ ...national.bundle, CinemaCodes: [CINEMA] });
    const deliver = (count: number) =>
      withStore(site, async (store) => {
        const checkTime = wallClockAt(Date.now());
        const { keep, outbox } = createRecordStore(store);
        await keep(
          Array.from({ length: count }, () => recordOf(checkTime)),
          { forward: true },
        );
        await outbox.confirm((await outbox.oldest(CINEMA, 1000)).complete, checkTime);
      });
    const told = () => national.queries(APIS.reportBusinessDay).map(({ Entries }) => Entries);

    await deliver(2);
    const first = await site.start();
    await expect.poll(told).toEqual([2]);
    const second = await other.start();
    await deliver(1);
    await first.close();
    await expect.poll(told).toEqual([2, 3]);
    // A job that ends completes its report.
    await second.close();
    expect(told()).toEqual([2, 3]);
  });
});
