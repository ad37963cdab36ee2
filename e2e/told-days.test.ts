// @module-tag service
import type { Socket } from 'node:net';
import { type CheckRecordTables, createRecordStore } from '@ticket-check/check-records';
import {
  APIS,
  addSeconds,
  businessDate,
  parseBusinessDate,
  parseCinemaCode,
  parseFen,
  parseWallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { loadPlatformDays } from '../apps/national-platform/src/completeness/platform-days.ts';
import { createReached } from '../apps/national-platform/src/completeness/reached.ts';
import { compareTold, toldFindings } from '../apps/national-platform/src/completeness/reconcile-told.ts';
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
import { startProxy } from '../packages/check-records/src/testing/proxy.ts';
import { CINEMA, makeRecords } from '../packages/check-records/src/testing/records.ts';
import { createAccounts, createUpstream, type Upstream } from '../packages/exchange/src/index.ts';
import { postRaw, sharedTls } from '../packages/exchange/src/testing/index.ts';
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
    const proxy = await startProxy(national);
    const { url: proxied, ca } = { url: proxy.url, ca: (await sharedTls()).ca };
    const upstream = createUpstream({ ...vendor, url: proxied, ca, extensions: SPOKEN_UPSTREAM, now });
    onTestFinished(() => upstream.close());
    const asked: Record<string, unknown>[] = [];
    const noting: Upstream = {
      ...upstream,
      call(api, query, options) {
        if (api === APIS.reportBusinessDay) asked.push(query as Record<string, unknown>);
        return upstream.call(api, query, options);
      },
    };
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

    /** So many records of nine hours that differ in every way that there is; answers how the national platform is to name each. */
    async function differ(count: number) {
      const records = makeRecords(count).map((record, n) => {
        const checkTime = addSeconds(parseWallClock('2026-11-24T10:00:00'), n * 13);
        return { ...record, checkTime, receivedAt: checkTime };
      });
      const kinds = ['missing-here', 'refused-here', 'missing-below', 'quarantined-here', 'quarantined-below'];
      const ways = [...kinds, 'undone-here', 'undone-below', 'differs'];
      const of = (...some: string[]) => records.filter((_, n) => some.includes(ways[n % ways.length] ?? ''));
      await deliver(of('missing-here', 'quarantined-here', 'undone-here', 'undone-below', 'differs'));
      await here.keep(
        of('quarantined-below').map((record) => ({ ...record, quarantine: 'CODE_CONTRADICTS_RECORD' as const })),
        { forward: true },
      );
      await refuse(of('refused-here'));
      await undo(withTables(store), of('undone-below'));
      await arrive(of('missing-below', 'quarantined-below', 'undone-here', 'undone-below'));
      await arrive(of('quarantined-here').map((record) => ({ ...record, quarantine: 'CODE_NOT_GENUINE' as const })));
      await arrive(of('differs').map((record) => ({ ...record, price: parseFen(4600) })));
      await undo(
        withTables(national.store),
        of('undone-here').map((record) => ({ ...record, account: 'vendor-a' })),
      );
      const details: Readonly<Record<string, string>> = {
        'refused-here': 'INVALID_PRICE ',
        'quarantined-here': 'CODE_NOT_GENUINE ',
        'quarantined-below': 'CODE_CONTRADICTS_RECORD ',
        differs: ' Price',
      };
      const expected = records.map(({ recordId }, n) => {
        const way = ways[n % ways.length] ?? '';
        return `${recordId} ${way} ${details[way] ?? ' '}`;
      });
      return { records, expected: expected.toSorted() };
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
      differ,
      tell: () => tellChangedDays({ store, upstream: noting, now, stopping }),
      /** What part of the differences each call told since this was asked last. */
      calls: () =>
        asked
          .splice(0)
          .map(({ Differences = [], DifferencesBefore: from = 0, DifferencesFollow: follows = false }) => ({
            ...{ from, count: (Differences as unknown[]).length, follows },
          })),
      /** After so many calls that tell of days, the line is cut: before the next arrives, or before its reply does. */
      cutAfter(calls: number, what: 'call' | 'reply' = 'reply') {
        let told = 0;
        const step = what === 'reply' ? ('lose-reply' as const) : (socket: Socket) => void socket.destroy();
        proxy.on = (api) => (api === APIS.reportBusinessDay && told++ >= calls ? step : 'pass');
      },
      /** Another process that tells, and stops after so many calls until it goes on. */
      tellHeldAfter(calls: number) {
        const [held, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
        let told = 0;
        const holding: Upstream = {
          ...upstream,
          async call(api, query, options) {
            if (api === APIS.reportBusinessDay && told++ === calls) {
              held.resolve();
              await going.promise;
            }
            return upstream.call(api, query, options);
          },
        };
        const telling = tellChangedDays({ store, upstream: holding, now, stopping });
        return { held: held.promise, goOn: going.resolve, told: telling };
      },
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
      stderr: expect.stringContaining('told the number alone: 3 entries at 2026-11-24T20:00:00, of which 2 count here'),
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

  it('names each record that differs and the hours, raises the alarm, and says so in the report', async () => {
    const { national, store, deliver, refuse, undo, arrive, tell, json, command } = await start();
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
      { Kind: 'hour-differs', Hour: '2026-11-24T19', Here: { Records: 37, Quarantined: 1 }, Below: { Records: 40 } },
      { Kind: 'missing-here', RecordId: lost.recordId, Compared: 'told', Platform: 'vendor-a' },
      { Kind: 'quarantined-here', RecordId: aside.recordId, ErrorCode: 'CODE_NOT_GENUINE' },
      { Kind: 'undone-below', RecordId: undone.recordId },
      { Kind: 'refused-here', RecordId: refused.recordId, ErrorCode: 'INVALID_PRICE' },
      { Kind: 'hour-differs', Hour: '2026-11-24T21', Here: { Records: 2 }, Below: { Records: 0 } },
      { Kind: 'missing-below', RecordId: ours?.recordId },
      { Kind: 'missing-below', RecordId: elsewhere[0]?.recordId },
    ]);
    const found = await json(`/reconciliation.json?cinema=${CINEMA}`);
    expect(found.Findings).toEqual(lines);
    // Without a date it is the last one that is over: of today's, platforms tell the number alone.
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
      stderr: expect.stringContaining('platform vendor-b: the platform vendor-b told nothing of this date'),
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

  it('names each of 2,500 records that differ in every way, in parts and as a file, and none once they are the same', async () => {
    const { national, store, here, differ, arrive, tell, calls, logIn, command } = await start();
    const { records, expected } = await differ(2500);
    national.now.value = MORNING;
    await tell();
    expect(calls()).toEqual([
      { from: 0, count: 1000, follows: true },
      { from: 1000, count: 1000, follows: true },
      { from: 2000, count: 500, follows: false },
    ]);
    const { code, lines } = await command('reconcile');
    expect(code).toBe(1);
    const named = (findings: readonly Record<string, unknown>[]) =>
      findings
        .filter(({ RecordId }) => RecordId !== undefined)
        .map(({ RecordId, Kind, ErrorCode = '', Elements = [] }) => [RecordId, Kind, ErrorCode, Elements].join(' '));
    expect(named(lines).toSorted()).toEqual(expected);
    // Those of an hour follow it, in the order of their check times.
    let hour = '';
    for (const [n, { Hour, CheckTime }] of lines.entries()) {
      if (typeof Hour === 'string') hour = Hour;
      else expect(String(CheckTime).slice(0, 13)).toBe(hour);
      const before = lines[n - 1]?.CheckTime;
      if (Hour === undefined && before !== undefined) expect(String(CheckTime) >= String(before)).toBe(true);
    }

    const read = await logIn();
    const parts: Record<string, unknown>[][] = [];
    for (let next: string | null = `/reconciliation.json?cinema=${CINEMA}`; next !== null; ) {
      const part: { Findings: Record<string, unknown>[]; Next: string | null; Differing: number } = JSON.parse(
        await read(next),
      );
      // What there is in all, the first part says.
      expect(part.Differing).toBe(parts.length === 0 ? 2500 : undefined);
      parts.push(part.Findings);
      next = part.Next;
    }
    expect(new Set(parts.slice(0, -1).map(({ length }) => length))).toEqual(new Set([100]));
    expect(parts.flat()).toEqual(lines);
    const noted = await national.store.db
      .selectFrom('operation')
      .select(['actor', 'what'])
      .where('name', '=', 'reconcile')
      .where('actor', '=', 'anna')
      .execute();
    expect(noted.map(({ what }) => JSON.parse(what))).toEqual([
      { businessDate: DAY, cinemaCode: CINEMA, format: 'json' },
    ]);
    const rows = (await read(`/reconciliation.csv?cinema=${CINEMA}&platform=vendor-a`)).trim().split('\r\n').slice(1);
    expect(rows.map((row) => row.split(',').at(-1)).filter(Boolean)).toEqual(
      lines.map(({ RecordId }) => RecordId).filter(Boolean),
    );

    const sides: readonly Store<CheckRecordTables>[] = [withTables(store), withTables(national.store)];
    for (const { db } of sides) {
      await db.deleteFrom('reversal').execute();
      await db.deleteFrom('outbox').execute();
      await db.deleteFrom('checkRecord').execute();
    }
    await arrive(records);
    await here.keep(records, { forward: false });
    national.now.value += DAY_MS;
    await tell();
    expect(await command('reconcile')).toMatchObject({ code: 0, lines: [] });
    // What the call left of the former comparison goes in the background.
    const left = () => national.store.db.selectFrom('toldDifference').select('place').execute();
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });

  it('shows the former comparison until the next is told to its end, wherever the line is cut', async () => {
    const { national, deliver, arrive, tell, cutAfter, command } = await start();
    const records = makeRecords(1500);
    await deliver(records.slice(0, 2));
    national.now.value = MORNING;
    await tell();
    const before = await command('reconcile');
    expect(before.lines.slice(1)).toMatchObject([{ Kind: 'missing-here' }, { Kind: 'missing-here' }]);
    await deliver(records.slice(2));
    national.now.value += 60_000;
    for (const [calls, what] of [
      [0, 'call'],
      [0, 'reply'],
      [1, 'call'],
    ] as const) {
      cutAfter(calls, what);
      await tell();
      const { lines } = await command('reconcile');
      expect(lines.slice(1)).toEqual(before.lines.slice(1));
      expect(lines[0]).toMatchObject({ Kind: 'hour-differs', Below: { Records: 2 } });
      national.now.value += 60_000;
    }
    cutAfter(Number.POSITIVE_INFINITY);
    // One that was cut off in the middle waits behind the others.
    national.now.value += 10 * 60_000;
    await tell();
    const { lines } = await command('reconcile');
    expect(lines.slice(1).map(({ RecordId }) => RecordId)).toEqual(records.map(({ recordId }) => recordId));
    // What the cut off ones left goes in the background.
    const kept = () => national.store.db.selectFrom('toldDifference').select('countedAt').distinct().execute();
    await expect.poll(kept, { timeout: 10_000 }).toEqual([{ countedAt: '2026-11-25T09:14:00' }]);
    await arrive(records);
    expect(await command('reconcile')).toMatchObject({ code: 0, lines: [] });
  });

  it('is not read in part where the platform compares again meanwhile', async () => {
    const { national, deliver, tell, logIn } = await start();
    const records = makeRecords(1502);
    await deliver(records.slice(0, 1500));
    national.now.value = MORNING;
    await tell();
    const now = () => national.now.value;
    const [day] = await loadPlatformDays(national.store, { date: DAY }, now);
    const outcome = day && (await compareTold(national.store, DAY, day, now));
    if (outcome === undefined || 'failure' in outcome) throw new Error('it was not compared');
    // The command and the file hold a page of them while they write it.
    const found = toldFindings(national.store, outcome);
    await found.next();
    const read = await logIn();
    const { Next } = JSON.parse(await read('/reconciliation.json'));

    await deliver(records.slice(1500, 1501));
    national.now.value += 60_000;
    await tell();
    const rest = async () => {
      for await (const _ of found);
    };
    await expect(rest()).rejects.toThrow(`The business date ${DAY} was compared anew: begin again.`);
    expect(JSON.parse(await read(Next, 409))).toMatchObject({ error: 'compared-anew' });
    const { Next: again } = JSON.parse(await read('/reconciliation.json'));
    expect(JSON.parse(await read(again)).Findings).toHaveLength(100);
  });

  it('is whole where a second process takes over in the middle, and the first goes on', async () => {
    const { national, deliver, tell, tellHeldAfter, command } = await start();
    const records = makeRecords(1500);
    await deliver(records);
    national.now.value = MORNING;
    const first = tellHeldAfter(1);
    await first.held;
    national.now.value += 60_000;
    await tell();
    const whole = await command('reconcile');
    expect(whole.lines.slice(1).map(({ RecordId }) => RecordId)).toEqual(records.map(({ recordId }) => recordId));
    first.goOn();
    await first.told;
    expect((await command('reconcile')).lines).toEqual(whole.lines);
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
    const { national, vendor, told } = await start();
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
    const difference = {
      ...{ Kind: 'missing-upstream', RecordId: '019a0000-0000-7000-8000-000000000001', FilmTicketCode: '7'.repeat(16) },
      ...{ StartTime: '2026-11-24T19:30:00', CheckTime: '2026-11-24T19:10:00' },
    };
    expect(await report({ Hours: [hour], Differences: Array(1000).fill(difference) })).toEqual({ Kept: true });
    const odd = { ...difference, ErrorCode: '</script>', Elements: ['Price', 'Price', 'x'.repeat(9000)] };
    const named = { ...difference, ErrorCode: 'INVALID_PRICE', Elements: ['Service', 'Price'] };
    expect(await report({ Hours: [hour], Differences: [odd, named] })).toEqual({ Kept: true });
    const differences = () =>
      national.store.db.selectFrom('toldDifference').select(['countedAt', 'place', 'errorCode', 'elements']).execute();
    const kept = [
      { countedAt: day.CountedAt, place: 0, errorCode: null, elements: '["Price"]' },
      { countedAt: day.CountedAt, place: 1, errorCode: 'INVALID_PRICE', elements: '["Price","Service"]' },
    ];
    expect(await differences()).toEqual(kept);
    // Neither an earlier comparison nor one of which a part is missing takes its place.
    const earlier = { CountedAt: '2026-11-24T19:58:00', Hours: [hour], Differences: [named] };
    const inPart = { CountedAt: '2026-11-24T19:59:30', Hours: [], Differences: [named], DifferencesBefore: 7 };
    for (const changes of [earlier, inPart]) expect(await report(changes)).toEqual({ Kept: false });
    expect((await told())[0]).toMatchObject({ comparedAt: day.CountedAt });
    expect((await differences()).filter(({ countedAt }) => countedAt === day.CountedAt)).toEqual(kept);
    // With an element that is not known.
    const former = { CountedAt: '2026-11-24T19:59:40', Hours: [hour], Differences: [named], MoreDifferences: 20 };
    expect(await report(former)).toEqual({ Kept: true });
    expect(await differences()).toEqual([{ ...kept[1], countedAt: former.CountedAt, place: 0 }]);
    // A count alone undoes no comparison.
    expect(await report({ CountedAt: '2026-11-24T19:59:50', Entries: 7 })).toEqual({ Kept: true });
    const [row] = await told();
    expect([row?.entries, row?.comparedAt, JSON.parse(row?.hours ?? '[]')]).toEqual([
      7,
      former.CountedAt,
      [{ hour: hour.Hour, records: 1, hash: hour.Hash, quarantined: 0, undelivered: 0 }],
    ]);
    expect(await differences()).toHaveLength(1);
    const refused = await Promise.all([
      report({ CinemaCode: '99999999' }),
      report({ BusinessDate: '2026-08-01' }),
      report({ BusinessDate: '2026-11-25' }),
      report({ Delivered: 6 }),
      report({ Hours: [hour, hour] }),
      report({ Hours: [{ ...hour, Hour: '2026-11-24T05' }] }),
      report({ Hours: [hour], Differences: Array(1001).fill(difference) }),
      report({ Hours: [hour], Differences: [difference], DifferencesBefore: 200_000 }),
    ]);
    expect(refused.map(({ ErrorCode }) => ErrorCode)).toEqual(['CINEMA_UNKNOWN', ...Array(7).fill('INVALID_QUERY')]);
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
