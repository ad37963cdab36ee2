import { createBrowser, OWN } from '@ticket-check/admin/testing';
import {
  type CheckRecordTables,
  checkRecordMigrations,
  createRecordStore,
  type ReceivedRecord,
  summarizeDay,
} from '@ticket-check/check-records';
import { createAccounts } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';
import { createOperators, createPasswords } from '@ticket-check/operators';
import { parseBusinessDate, parseWallClock, reportBusinessDayQueryJson, wallClockAt } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it, onTestFinished } from 'vitest';
import { cinemaKind } from '../intake/kinds.ts';
import { runCommand } from '../testing/run-command.ts';
import { CINEMA, CINEMAS, makeTicket, makeUkey, OTHER_CINEMA, receivedRecord } from '../testing/test-cinema.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { createReached } from './platform-days.ts';

// @module-tag service

const DAY = parseBusinessDate('2026-11-24');
const EVENING = Date.parse('2026-11-24T20:00:00+08:00');
const MORNING = Date.parse('2026-11-25T09:00:00+08:00');
const ukey = makeUkey();
const passwords = createPasswords();

/** Of the nth ticket. */
const recordOf = (n: number, changes: Partial<ReceivedRecord> = {}): ReceivedRecord =>
  receivedRecord(makeTicket(n, { cinemaCode: changes.cinemaCode ?? CINEMA }), ukey, n, {
    account: 'vendor-a',
    ...changes,
  });
const recordsOf = (count: number, changes: Partial<ReceivedRecord> = {}, from = 1): ReceivedRecord[] =>
  Array.from({ length: count }, (_, n) => recordOf(from + n, changes));

describeEachEngine('what a platform told of a business date', ({ engine, url, open }) => {
  async function start() {
    const platform = await startTestPlatform(await url(), { completenessEveryMs: 500 });
    onTestFinished(() => platform.close());
    const now = () => platform.now.value;
    await platform.take(cinemaKind, CINEMAS);
    platform.now.value = EVENING;
    const vendor = await platform.issue('vendor-a');
    const operators = createOperators(platform.store, now);
    await operators.add({ username: 'anna', role: 'supervisor', cinemaCodes: 'all', passwordHash: 'none' });
    await operators.choosePassword('anna', { before: 'none', passwordHash: await passwords.hash(OWN) });
    const below = await open<CheckRecordTables>(checkRecordMigrations);

    /** What reads paths of the console; sessions end while the clock is moved. */
    async function read(path: string) {
      const browser = await createBrowser(platform, { directory: platform.env.DATA_DIR ?? '' });
      await browser.logIn('anna');
      return (await browser.ask(path)).text;
    }

    return {
      platform,
      vendor,
      arrive: (records: readonly ReceivedRecord[]) =>
        createRecordStore(platform.store).keep(records, { forward: false }),
      /** Reports all records so far and these; of a date that is over, its hours too. */
      async tell(records: readonly ReceivedRecord[], cinemaCode = CINEMA) {
        await createRecordStore(below).keep(records, { forward: false });
        const { length } = await below.db
          .selectFrom('checkRecord')
          .select('recordId')
          .where('cinemaCode', '=', cinemaCode)
          .execute();
        const spoken = { overrides: false, undone: false };
        const isOver = now() >= MORNING;
        const hours = isOver ? await summarizeDay(below, { cinemaCode, businessDate: DAY, ...spoken }) : null;
        const counts = { entries: length, delivered: length };
        const day = { cinemaCode, businessDate: DAY, countedAt: wallClockAt(now()), ...counts, hours };
        expect(await vendor.data('ReportBusinessDay', reportBusinessDayQueryJson(day))).toEqual({ Kept: true });
      },
      told: () =>
        platform.store.db.selectFrom('toldDay').selectAll().orderBy('businessDate').orderBy('cinemaCode').execute(),
      json: async (path: string) => JSON.parse(await read(path)),
      async command(...args: string[]) {
        const { code, stdout, stderr } = await runCommand([...args, '--business-date', DAY], platform.env);
        const lines = stdout.split('\n').filter(Boolean);
        return { code, stderr, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
      },
    };
  }

  it('is counted while it goes on, and compared once it is over', async () => {
    const { platform, arrive, tell, told, json, command } = await start();
    const records = recordsOf(3);
    await arrive(records.slice(0, 2));
    await tell(records);
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
      stderr: expect.stringContaining('Platforms that could not be compared: 1'),
    });

    await arrive(records.slice(2));
    platform.now.value = MORNING;
    await tell([]);
    expect(await json('/completeness.json')).toMatchObject({
      BusinessDate: DAY,
      IsOver: true,
      Days: [{ ...day, Here: 3, Missing: 0, Completeness: 1, Alarm: false }],
    });
    expect(await command('reconcile')).toMatchObject({
      code: 0,
      lines: [],
      stderr: expect.stringContaining('Nothing differs'),
    });
  });

  it('names the hours that differ, raises the alarm, and says so in the report', async () => {
    const { platform, vendor, arrive, tell, json, command } = await start();
    const [lost, aside, ...same] = recordsOf(40) as [ReceivedRecord, ReceivedRecord, ...ReceivedRecord[]];
    const elsewhere = recordsOf(1, { checkTime: parseWallClock('2026-11-24T21:10:00') }, 100);
    await arrive([...same, { ...aside, quarantine: 'CODE_NOT_GENUINE' }, ...elsewhere]);
    platform.now.value = MORNING;
    await tell([lost, aside, ...same]);

    const { code, lines } = await command('reconcile');
    expect(code).toBe(1);
    expect(lines).toMatchObject([
      {
        Kind: 'hour-differs',
        Hour: '2026-11-24T19',
        Here: { Records: 38, Quarantined: 1 },
        Below: { Records: 40 },
        Platform: 'vendor-a',
      },
      { Kind: 'hour-differs', Hour: '2026-11-24T21', Here: { Records: 1 }, Below: { Records: 0 } },
    ]);
    const found = await json(`/reconciliation.json?cinema=${CINEMA}`);
    expect(found).toMatchObject({ Findings: lines, Cinemas: [{ Platform: 'vendor-a', Hours: 2 }], More: false });
    // Without a date it is the last one that is over: of today's, platforms report only the number.
    const { stdout } = await runCommand(['reconcile'], platform.env, undefined, () => MORNING);
    expect(stdout.trim().split('\n')).toEqual(lines.map((line) => JSON.stringify(line)));

    // Records beyond what was reported do not make up for missing ones.
    expect(await json('/completeness.json')).toMatchObject({ Days: [{ Here: 40, Admitted: 40, Quarantined: 1 }] });
    await tell([recordOf(200, { checkTime: parseWallClock('2026-11-24T22:00:00') })]);
    const alarm = { Admitted: 41, Completeness: 0.9756, Alarm: true };
    expect(await json('/completeness.json')).toMatchObject({ Total: { Alarms: 1 }, Days: [{ ...alarm, Missing: 1 }] });
    const { lines: report } = await command('report', 'day', '--by', 'cinema');
    expect(report).toMatchObject([
      { Kind: 'CINEMA', ...alarm },
      { Kind: 'TOTAL', ...alarm },
    ]);
    expect(await json(`/report.json?businessDate=${DAY}`)).toMatchObject({ Cinemas: [alarm], Total: alarm });
    const health = async () =>
      (await postRaw(`${platform.consoleUrl}/health`, '', { ca: platform.ca, method: 'GET' })).json();
    await expect.poll(health).toMatchObject({
      status: 'degraded',
      completeness: { alarmed: 1, cinemas: [{ cinemaCode: CINEMA, entries: 41 }] },
    });
    // The worst of several dates comes first.
    const before = parseBusinessDate('2026-11-23');
    const worse = {
      cinemaCode: CINEMA,
      businessDate: before,
      countedAt: wallClockAt(MORNING),
      entries: 2,
      delivered: 2,
    };
    await vendor.data('ReportBusinessDay', reportBusinessDayQueryJson({ ...worse, hours: null }));
    expect(await json(`/completeness.json?businessDate=${before}&until=${DAY}`)).toMatchObject({
      Total: { Admitted: 43, Alarms: 2 },
      Days: [
        { BusinessDate: before, Completeness: 0 },
        { BusinessDate: DAY, ...alarm },
      ],
    });
    // Several dates are answered of few cinemas.
    const more = Array.from({ length: 9 }, (_, n) => ({ cinemaCode: `3101290${n}`, cinemaName: `更多${n}` }));
    await platform.take(cinemaKind, more);
    for (const list of ['completeness', 'reconciliation']) {
      const range = `/${list}.json?businessDate=${before}&until=${DAY}`;
      expect(await json(range)).toMatchObject({ error: 'choose-cinema' });
      expect(await json(`${range}&cinema=${CINEMA}`)).not.toHaveProperty('error');
    }
  });

  it('raises the alarm of those that told, whatever others send of the cinema, and goes with the account', async () => {
    const { platform, arrive, tell, json, command } = await start();
    const [fromElsewhere, ...records] = recordsOf(4) as [ReceivedRecord, ...ReceivedRecord[]];
    await arrive(records.slice(1));
    await platform.issue('vendor-b');
    await arrive([{ ...fromElsewhere, account: 'vendor-b' }]);
    platform.now.value = MORNING;
    await tell(records);
    const alarm = { Admitted: null, Completeness: null, Alarm: true };
    expect((await command('report', 'day', '--by', 'cinema')).lines).toMatchObject([
      { Kind: 'CINEMA', CinemaCode: CINEMA, ...alarm },
      { Kind: 'TOTAL', ...alarm },
    ]);
    const reached = createReached(platform.store, () => MORNING);
    expect([...(await reached.known(DAY))]).toEqual([[CINEMA, { entries: 3, delivered: 2 }]]);

    await platform.issue('vendor-c');
    await createAccounts(platform.store, () => MORNING).replace('vendor-c', 'vendor-a');
    const { Days } = await json(`/completeness.json?businessDate=${DAY}`);
    expect(Days).toContainEqual(expect.objectContaining({ Platform: 'vendor-c', Here: 2, Admitted: 3 }));
    // What is here is shown by the accounts that sent it.
    const { Accounts } = Days.find((day: { Platform: string }) => day.Platform === 'vendor-c');
    const shown = await json(`/records.json?businessDate=${DAY}&account=${[...Accounts, 'vendor-x']}`);
    expect(shown.Records).toHaveLength(2);
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
    const [row] = await told();
    expect(JSON.parse(row?.hours ?? '[]')).toEqual([
      { hour: hour.Hour, records: 1, hash: hour.Hash, quarantined: 0, undelivered: 0 },
    ]);
    // A count without hours says nothing of hours.
    expect(await report({ CountedAt: '2026-11-24T19:59:50', Entries: 7 })).toEqual({ Kept: true });
    expect(await told()).toMatchObject([{ entries: 7, hours: null }]);
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

  // What follows asks the database nothing that is not asked above.
  if (engine === 'postgres') return;

  it('is not known of a platform that tells nothing, and never taken for complete', async () => {
    const { platform, arrive, tell, json, command } = await start();
    const records = recordsOf(1);
    await arrive(records);
    await platform.issue('vendor-b');
    await arrive(recordsOf(2, { cinemaCode: OTHER_CINEMA, account: 'vendor-b' }, 10));
    platform.now.value = MORNING;
    await tell(records);
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
      stderr: expect.stringContaining('Platforms that could not be compared: 1'),
    });
    expect(await command('reconcile', '--cinema', CINEMA)).toMatchObject({ code: 0, lines: [] });
  });

  it('is not known of a date that is over where the platform fell silent before its end', async () => {
    const { platform, arrive, tell, json, command } = await start();
    const records = recordsOf(3);
    await arrive(records);
    await tell(records);
    expect(await json(`/completeness.json?businessDate=${DAY}`)).toMatchObject({ Days: [{ Completeness: 1 }] });
    platform.now.value = MORNING;
    expect(await json('/completeness.json')).toMatchObject({
      Total: { NotTold: 1, Completeness: null },
      Days: [{ Here: 3, Admitted: null, Missing: null, Completeness: null, CountedAt: '2026-11-24T20:00:00' }],
    });
    expect((await command('report', 'day', '--by', 'cinema')).lines[0]).toMatchObject({ Completeness: null });
    await tell([]);
    expect(await json('/completeness.json')).toMatchObject({ Days: [{ Admitted: 3, Completeness: 1 }] });
  });
});
