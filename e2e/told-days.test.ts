// @module-tag service
import { type CheckRecordTables, createRecordStore } from '@ticket-check/check-records';
import {
  APIS,
  addSeconds,
  businessDate,
  parseBusinessDate,
  parseCinemaCode,
  parseWallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { createReached } from '../apps/national-platform/src/completeness/reached.ts';
import { importRows } from '../apps/national-platform/src/intake/import-rows.ts';
import { cinemaKind } from '../apps/national-platform/src/intake/kinds.ts';
import { runCommand } from '../apps/national-platform/src/testing/run-command.ts';
import { startTestPlatform } from '../apps/national-platform/src/testing/test-platform.ts';
import { type ThirdPartyTables, thirdPartyMigrations } from '../apps/third-party-platform/src/migrations.ts';
import { tellChangedDays } from '../apps/third-party-platform/src/telling/tell-days.ts';
import { addOperatorTo, withStore } from '../apps/third-party-platform/src/testing/console-browser.ts';
import { createSite } from '../apps/third-party-platform/src/testing/test-platform.ts';
import { SPOKEN_UPSTREAM } from '../apps/third-party-platform/src/upstream/spoken-upstream.ts';
import type { ReceivedRecord } from '../packages/check-records/src/tables/received-record.ts';
import { identityOf } from '../packages/check-records/src/tables/record-key.ts';
import { CINEMA, makeRecords } from '../packages/check-records/src/testing/records.ts';
import { createAccounts, createUpstream } from '../packages/exchange/src/index.ts';
import { postRaw } from '../packages/exchange/src/testing/index.ts';
import { type Store, withTables } from '../packages/storage/src/index.ts';
import { describeBehindPooler, describeEachEngine } from '../packages/storage/src/testing/index.ts';
import { createBrowser } from '../packages/web-kit/src/testing/index.ts';

const OTHER_CINEMA = parseCinemaCode('31012346');
/** The records of `makeRecords` are of this evening. */
const DAY = parseBusinessDate('2026-11-24');
const EVENING = Date.parse('2026-11-24T20:00:00+08:00');
const MORNING = Date.parse('2026-11-25T09:00:00+08:00');
const DAY_MS = 86_400_000;

describeEachEngine('what a platform tells the national one of a business date', ({ url, open }) => {
  async function start() {
    const national = await startTestPlatform(await url(), { completenessEveryMs: 500 });
    onTestFinished(() => national.close());
    const now = () => national.now.value;
    await importRows(cinemaKind, { store: national.store, now }, [
      { cinemaCode: CINEMA, cinemaName: '示例影城' },
      { cinemaCode: OTHER_CINEMA, cinemaName: '另一影城' },
    ]);
    national.now.value = EVENING;
    const vendor = await national.issue('vendor-a');
    const upstream = createUpstream({
      ...vendor,
      url: national.url,
      ca: national.ca,
      extensions: SPOKEN_UPSTREAM,
      now,
    });
    onTestFinished(() => upstream.close());
    // What it announces is known once it has answered.
    const read = (replyData: Record<string, unknown>) => replyData;
    await upstream.call(APIS.getPublicKeys, { CinemaCode: CINEMA }, { read, timeoutMs: 10_000, idempotent: true });
    const store = await open<ThirdPartyTables>(thirdPartyMigrations);
    const here = createRecordStore(store);
    const there = createRecordStore(national.store);
    await addOperatorTo(national.store, 'anna', 'supervisor');
    const stopping = new AbortController().signal;

    /** They have reached the national platform, as far as the third-party one knows. */
    async function deliver(records: readonly ReceivedRecord[]) {
      await here.keep(records, { forward: true });
      for (const cinemaCode of new Set(records.map((record) => record.cinemaCode))) {
        for (let { complete } = await here.outbox.oldest(cinemaCode, 1000); complete.length > 0; ) {
          await here.outbox.confirm(complete, wallClockAt(now()));
          ({ complete } = await here.outbox.oldest(cinemaCode, 1000));
        }
      }
    }

    const arrive = (records: readonly ReceivedRecord[], account = 'vendor-a') =>
      there.keep(
        records.map((record) => ({ ...record, account })),
        { forward: false },
      );

    /** The national platform has refused them. */
    async function refuse(records: readonly ReceivedRecord[]) {
      await here.keep(records, { forward: true });
      const { complete } = await here.outbox.oldest(CINEMA, 1000);
      const at = wallClockAt(now());
      await here.outbox.park(
        complete.map(({ record, revision }) => ({ record, revision, errorCode: 'INVALID_PRICE', errorMessage: '' })),
        at,
        at,
      );
    }

    /** Says at one side alone that guests did not go in. */
    async function undo(side: Store<CheckRecordTables>, records: readonly ReceivedRecord[]) {
      const rows = records.map((record, n) => {
        const { recordId: reverses, cinemaCode, account, filmTicketCode, startTime, checkTime } = record;
        const recordId = `019a0000-0000-7000-8000-${String(n).padStart(12, '0')}`;
        return {
          ...{
            reverses,
            identity: identityOf(record),
            cinemaCode,
            account,
            recordId,
            filmTicketCode,
            startTime,
            checkTime,
          },
          ...{ reversedAt: checkTime, receivedAt: checkTime, deliveredAt: checkTime, errorCode: null, revision: 0 },
        };
      });
      await side.db.insertInto('reversal').values(rows).execute();
    }

    /** Answers what reads paths of the console; sessions end while the clock is moved. */
    async function logIn() {
      const browser = await createBrowser(national, { directory: national.env.DATA_DIR ?? '' });
      await browser.logIn('anna');
      return async (path: string, expected = 200) => {
        const { status, text } = await browser.ask(path);
        expect([status, text.slice(0, 200)]).toEqual([expected, expect.any(String)]);
        return text;
      };
    }

    return {
      national,
      vendor,
      store,
      here,
      deliver,
      arrive,
      refuse,
      undo,
      tell: () => tellChangedDays({ store, upstream, now, stopping }),
      told: () =>
        national.store.db.selectFrom('toldDay').selectAll().orderBy('businessDate').orderBy('cinemaCode').execute(),
      logIn,
      json: async (path: string) => JSON.parse(await (await logIn())(path)),
      async command(...args: string[]) {
        const { code, stdout, stderr } = await runCommand([...args, '--business-date', DAY], national.env);
        const lines = stdout.split('\n').filter(Boolean);
        return { code, stderr, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
      },
    };
  }

  it('is counted while it goes on, compared once it is over, and told again where it has changed alone', async () => {
    const { national, deliver, arrive, tell, told, json, command } = await start();
    const records = makeRecords(3);
    await deliver(records);
    await arrive(records.slice(0, 2));
    await tell();
    expect(await told()).toMatchObject([{ businessDate: DAY, cinemaCode: CINEMA, entries: 3, hours: null }]);
    const day = { CinemaCode: CINEMA, Platform: 'vendor-a', Here: 2, Admitted: 3, Missing: 1, Completeness: 0.6666 };
    expect(await json(`/completeness.json?businessDate=${DAY}`)).toMatchObject({
      IsOver: false,
      Total: { Admitted: 3, Reached: 2, Alarms: 0, NotTold: 0 },
      Days: [{ ...day, Alarm: false, Unsent: 0 }],
    });
    expect(await command('reconcile')).toMatchObject({
      code: 1,
      lines: [{ Kind: 'not-compared', BusinessDate: DAY, Reason: 'counts-alone', Platform: 'vendor-a' }],
      stderr: expect.stringContaining(
        'reported only the number: 3 entries at 2026-11-24T20:00:00, of which 2 count here',
      ),
    });

    await arrive(records.slice(2));
    national.now.value = MORNING;
    await tell();
    expect(await json('/completeness.json')).toMatchObject({
      BusinessDate: DAY,
      IsOver: true,
      Days: [{ ...day, Here: 3, Missing: 0, Completeness: 1, Alarm: false }],
    });
    expect(await command('reconcile')).toMatchObject({
      code: 0,
      lines: [],
      stderr: expect.stringContaining('nothing differs'),
    });

    national.now.value += 60_000;
    await tell();
    expect(await told()).toMatchObject([{ countedAt: '2026-11-25T09:00:00' }]);
    await deliver(makeRecords(1, { cinemaCode: OTHER_CINEMA }));
    await tell();
    expect(await told()).toMatchObject([
      { cinemaCode: CINEMA, countedAt: '2026-11-25T09:00:00' },
      { cinemaCode: OTHER_CINEMA, countedAt: '2026-11-25T09:01:00' },
    ]);
  });

  it('names the hours that differ, raises the alarm, and says so in the report', async () => {
    const { national, store, deliver, refuse, undo, arrive, tell, logIn, json, command } = await start();
    const all = makeRecords(40);
    const [lost, aside, undone, refused, ...same] = all as [
      ReceivedRecord,
      ReceivedRecord,
      ReceivedRecord,
      ReceivedRecord,
    ];
    const [ours, ...elsewhere] = makeRecords(2, { checkTime: parseWallClock('2026-11-24T21:10:00') });
    await deliver([lost, aside, undone, ...same]);
    await refuse([refused]);
    await undo(withTables(store), [undone]);
    await arrive([
      undone,
      ...same,
      { ...aside, quarantine: 'CODE_NOT_GENUINE' },
      ...(ours ? [ours] : []),
      ...elsewhere,
    ]);
    national.now.value = MORNING;
    await tell();

    const { code, lines } = await command('reconcile');
    expect(code).toBe(1);
    expect(lines).toMatchObject([
      {
        Kind: 'hour-differs',
        Hour: '2026-11-24T19',
        Here: { Records: 37, Quarantined: 1 },
        Below: { Records: 40 },
        Platform: 'vendor-a',
      },
      { Kind: 'hour-differs', Hour: '2026-11-24T21', Here: { Records: 2 }, Below: { Records: 0 } },
    ]);
    const found = await json(`/reconciliation.json?cinema=${CINEMA}`);
    expect(found).toMatchObject({ Findings: lines, Cinemas: [{ Platform: 'vendor-a', Hours: 2 }], More: false });
    const csv = await (await logIn())(`/reconciliation.csv?cinema=${CINEMA}`);
    expect(csv.trim().split('\r\n')).toHaveLength(3);
    // Without a date it is the last one that is over: of today's, platforms report only the number.
    const { stdout } = await runCommand(['reconcile'], national.env, undefined, () => MORNING);
    expect(stdout.trim().split('\n')).toEqual(lines.map((line) => JSON.stringify(line)));

    // What arrived later than it was told stands for what is missing only as far as it is counted.
    expect(await json('/completeness.json')).toMatchObject({ Days: [{ Here: 40, Admitted: 40, Quarantined: 1 }] });
    await deliver(makeRecords(1, { checkTime: parseWallClock('2026-11-24T22:00:00') }));
    await tell();
    const alarm = { Admitted: 41, Completeness: 0.9756, Alarm: true };
    expect(await json('/completeness.json')).toMatchObject({ Total: { Alarms: 1 }, Days: [{ ...alarm, Missing: 1 }] });
    const { lines: report } = await command('report', 'day', '--by', 'cinema');
    expect(report).toMatchObject([
      { Kind: 'CINEMA', ...alarm },
      { Kind: 'TOTAL', ...alarm },
    ]);
    expect(await json(`/report.json?businessDate=${DAY}`)).toMatchObject({ Cinemas: [alarm], Total: alarm });
    const health = async () =>
      (await postRaw(`${national.consoleUrl}/health`, '', { ca: national.ca, method: 'GET' })).json();
    await expect.poll(health).toMatchObject({
      status: 'degraded',
      completeness: { alarmed: 1, cinemas: [{ cinemaCode: CINEMA, entries: 41 }] },
    });
  });

  it('is not known of a platform that tells nothing, and never taken for complete', async () => {
    const { national, arrive, deliver, tell, json, command } = await start();
    const records = makeRecords(2);
    await deliver(records.slice(0, 1));
    await arrive(records.slice(0, 1));
    await arrive(makeRecords(2, { cinemaCode: OTHER_CINEMA }), 'vendor-b');
    national.now.value = MORNING;
    await tell();
    expect(await json('/completeness.json')).toMatchObject({
      Total: { Admitted: 1, Reached: 1, Completeness: 1, NotTold: 1 },
      Days: [
        { CinemaCode: OTHER_CINEMA, Platform: 'vendor-b', Here: 2, Admitted: null, Missing: null, Completeness: null },
        { CinemaCode: CINEMA, Platform: 'vendor-a', Completeness: 1 },
      ],
    });
    const notTold = { Admitted: null, Completeness: null, Alarm: false };
    expect((await command('report', 'day', '--by', 'cinema')).lines).toMatchObject([
      { CinemaCode: CINEMA, Admitted: 1, Completeness: 1 },
      { CinemaCode: OTHER_CINEMA, ...notTold },
      { Kind: 'TOTAL', ...notTold },
    ]);
    expect(await command('reconcile')).toMatchObject({
      code: 1,
      lines: [{ Kind: 'not-compared', CinemaCode: OTHER_CINEMA, Reason: 'not-told', Platform: 'vendor-b' }],
      stderr: expect.stringContaining('platform vendor-b: the platform vendor-b reported nothing of this date'),
    });
    expect(await command('reconcile', '--cinema', CINEMA)).toMatchObject({ code: 0, lines: [] });
  });

  it('is not known of a date that is over where the platform fell silent before its end', async () => {
    const { national, deliver, arrive, tell, json, command } = await start();
    const records = makeRecords(3);
    await deliver(records);
    await arrive(records);
    await tell();
    expect(await json(`/completeness.json?businessDate=${DAY}`)).toMatchObject({ Days: [{ Completeness: 1 }] });
    national.now.value = MORNING;
    expect(await json('/completeness.json')).toMatchObject({
      Total: { NotTold: 1, Completeness: null },
      Days: [{ Here: 3, Admitted: null, Missing: null, Completeness: null, CountedAt: '2026-11-24T20:00:00' }],
    });
    expect((await command('report', 'day', '--by', 'cinema')).lines[0]).toMatchObject({ Completeness: null });
    await tell();
    expect(await json('/completeness.json')).toMatchObject({ Days: [{ Admitted: 3, Completeness: 1 }] });
  });

  it('raises the alarm of those that told, whoever else sends records of the cinema', async () => {
    const { national, deliver, arrive, tell, command } = await start();
    const [fromElsewhere, ...records] = makeRecords(4);
    await deliver(records);
    await arrive(records.slice(1));
    await arrive(fromElsewhere ? [fromElsewhere] : [], 'vendor-b');
    national.now.value = MORNING;
    await tell();
    const alarm = { Admitted: null, Completeness: null, Alarm: true };
    expect((await command('report', 'day', '--by', 'cinema')).lines).toMatchObject([
      { Kind: 'CINEMA', CinemaCode: CINEMA, ...alarm },
      { Kind: 'TOTAL', ...alarm },
    ]);
    const reached = createReached(national.store, () => MORNING);
    expect([...(await reached.known(DAY))]).toEqual([[CINEMA, { entries: 3, delivered: 2 }]]);
  });

  it('is told anew to a platform that has lost it, of days long ago where records of them were sent late, and goes with the account', async () => {
    const { national, store, deliver, arrive, tell, told, json } = await start();
    const records = makeRecords(1);
    await deliver(records);
    await arrive(records);
    national.now.value = MORNING;
    await tell();
    await national.store.db.deleteFrom('toldDay').execute();
    await tell();
    expect(await told()).toEqual([]);
    await store.db.updateTable('toldUpstream').set({ generation: 'before the backup was restored' }).execute();
    await tell();
    expect(await told()).toMatchObject([{ businessDate: DAY, entries: 1 }]);

    national.now.value = MORNING + 12 * DAY_MS;
    await tell();
    const late = makeRecords(1, { checkTime: addSeconds(parseWallClock('2026-11-24T21:00:00'), 1) });
    await deliver(late);
    await arrive(late);
    await tell();
    expect(await told()).toMatchObject([{ businessDate: DAY, entries: 2 }]);

    await national.issue('vendor-c');
    await createAccounts(national.store, () => national.now.value).replace('vendor-c', 'vendor-a');
    expect(await json(`/completeness.json?businessDate=${DAY}`)).toMatchObject({
      Days: [{ Platform: 'vendor-c', Here: 2, Admitted: 2, Completeness: 1 }],
    });
  });

  it('is kept as it was counted last, and refused where it cannot be', async () => {
    const { vendor, told } = await start();
    const day = { CinemaCode: CINEMA, BusinessDate: DAY, CountedAt: '2026-11-24T19:59:00', Entries: 5, Delivered: 4 };
    const report = (changes: object) => vendor.data('ReportBusinessDay', { ...day, ...changes });
    expect(await report({})).toEqual({ Kept: true });
    expect(await report({ CountedAt: '2026-11-24T19:58:00', Entries: 9 })).toEqual({ Kept: false });
    expect(await told()).toMatchObject([{ entries: 5 }]);
    // A clock that was ahead keeps nothing out for long.
    expect(await report({ CountedAt: '2027-01-01T00:00:00' })).toEqual({ Kept: true });
    expect(await report({ Entries: 6 })).toEqual({ Kept: true });
    expect(await told()).toMatchObject([{ entries: 6, countedAt: day.CountedAt }]);

    const hour = { Hour: '2026-11-24T19', Records: 1, Hash: 'a'.repeat(64), Quarantined: 0, Undelivered: 0 };
    expect(await report({ Hours: [hour] })).toEqual({ Kept: true });
    // An earlier count with other hours does not take its place.
    expect(await report({ CountedAt: '2026-11-24T19:58:00', Hours: [] })).toEqual({ Kept: false });
    expect((await told())[0]).toMatchObject({ comparedAt: day.CountedAt });
    // A count without hours leaves those that were reported.
    expect(await report({ CountedAt: '2026-11-24T19:59:50', Entries: 7 })).toEqual({ Kept: true });
    const [row] = await told();
    expect([row?.entries, row?.comparedAt, JSON.parse(row?.hours ?? '[]')]).toEqual([
      7,
      day.CountedAt,
      [{ hour: hour.Hour, records: 1, hash: hour.Hash, quarantined: 0, undelivered: 0 }],
    ]);
    const refused = await Promise.all([
      report({ CinemaCode: '99999999' }),
      report({ BusinessDate: '2026-08-01' }),
      report({ BusinessDate: '2026-11-25' }),
      report({ Delivered: 6 }),
      report({ Hours: [hour, hour] }),
      report({ Hours: [{ ...hour, Hour: '2026-11-24T05' }] }),
    ]);
    expect(refused.map(({ ErrorCode }) => ErrorCode)).toEqual(['CINEMA_UNKNOWN', ...Array(5).fill('INVALID_QUERY')]);
    expect(await told()).toHaveLength(1);
  });
});

describeBehindPooler('two processes of a platform', ({ url }) => {
  it('tell the national platform by themselves, each count once', async () => {
    const national = await startTestPlatform();
    onTestFinished(() => national.close());
    national.now.value = Date.now();
    await importRows(cinemaKind, { store: national.store, now: Date.now }, [
      { cinemaCode: CINEMA, cinemaName: '示例影城' },
    ]);
    await addOperatorTo(national.store, 'anna', 'supervisor');
    const { db } = national.store;
    await db.schema.createTable('telling').addColumn('entries', 'integer').execute();
    for (const event of ['insert', 'update']) {
      const noting = `create trigger telling_${event} after ${event} on told_day begin insert into telling values (new.entries); end`;
      await db.executeQuery({ ...db.selectFrom('toldDay').selectAll().compile(), sql: noting, parameters: [] });
    }
    const tellings = async () =>
      (await db.withTables<{ telling: { entries: number } }>().selectFrom('telling').selectAll().execute()).map(
        ({ entries }) => entries,
      );

    const site = await createSite(await url());
    const other = await createSite(site.env.DATABASE_URL ?? '');
    const { privateKey, username } = await national.issue('vendor-a');
    await site.setUpstream({
      Url: national.url,
      Username: username,
      PrivateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      CaCertificate: national.ca,
      CinemaCodes: ['*'],
    });
    await site.command('cinema', 'add', CINEMA);
    const checkTime = wallClockAt(Date.now());
    const deliver = (count: number) =>
      withStore(site, async (store) => {
        const { keep, outbox } = createRecordStore(store);
        await keep(makeRecords(count, { checkTime }), { forward: true });
        await outbox.confirm((await outbox.oldest(CINEMA, 1000)).complete, checkTime);
      });

    await deliver(2);
    const first = await site.start();
    await expect.poll(tellings, { timeout: 20_000 }).toEqual([2]);
    const browser = await createBrowser(national, { directory: national.env.DATA_DIR ?? '' });
    await browser.logIn('anna');
    const { text } = await browser.ask(`/completeness.json?businessDate=${businessDate(checkTime)}`);
    expect(JSON.parse(text)).toMatchObject({
      Days: [{ CinemaCode: CINEMA, Platform: 'vendor-a', Admitted: 2, Here: 0 }],
    });
    const second = await other.start();
    await deliver(1);
    await first.close();
    await expect.poll(tellings, { timeout: 20_000 }).toEqual([2, 3]);
    // A job that ends has told what it was telling.
    await second.close();
    expect(await tellings()).toEqual([2, 3]);
  });
});
