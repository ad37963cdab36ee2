// @module-tag service
import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import {
  addDays,
  addSeconds,
  businessDate,
  reportTerminalStateQueryJson,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { createClaimStore } from '../claims/claim-store.ts';
import { addOperator, logInAs, withStore } from '../testing/console-browser.ts';
import { HEALTHY } from '../testing/stock.ts';
import { CINEMA, claimFor, makeUkey, NOON_AHEAD_MS, OTHER_CINEMA, receivedRecord } from '../testing/test-cinema.ts';
import { ask, createSite, createTerminal } from '../testing/test-platform.ts';
import { findingAmong } from '../worklist/find.ts';
import type { Today } from './told.ts';

const ukey = makeUkey();
const clock = () => Date.now() + NOON_AHEAD_MS;

const startTime = addSeconds(wallClockAt(clock()), -1);

/** A record of now, one of many, of one session. */
function recordOf(cinemaCode: typeof CINEMA, changes: Partial<ReceivedRecord> = {}): ReceivedRecord {
  return receivedRecord(ukey, { cinemaCode, startTime, checkTime: wallClockAt(clock()), ...changes });
}

describeSqlite('today', ({ url }) => {
  it('counts what came in, what is on its way and what needs somebody, of the cinemas that are one’s own', async () => {
    const national = await startNationalPlatform({ cinemaCodes: [CINEMA, OTHER_CINEMA] });
    const site = await createSite(await url());
    await site.setUpstream(national.bundle);
    site.clock.ahead = NOON_AHEAD_MS;
    const service = await site.start();
    const own = createTerminal(await site.issue('terminal-1', CINEMA, service.url), 'extended', clock);
    const other = createTerminal(await site.issue('terminal-2', OTHER_CINEMA, service.url), 'extended', clock);
    const ofBoth = await site.issue('terminal-3', `${CINEMA},${OTHER_CINEMA}`, service.url);
    const both = createTerminal(ofBoth, 'extended', clock);
    await addOperator(site, 'carl', 'usher', { cinemaCodes: [CINEMA] });
    await addOperator(site, 'anna', 'supervisor');
    await addOperator(site, 'bert', 'usher', { cinemaCodes: [OTHER_CINEMA] });
    await addOperator(site, 'dora', 'supervisor', { cinemaCodes: [OTHER_CINEMA] });
    const daysAgo = (days: number, record: ReceivedRecord): ReceivedRecord => {
      const at = addSeconds(record.checkTime, -86_400 * days);
      return { ...record, checkTime: at, startTime: at };
    };
    const refusedUpstream = recordOf(CINEMA);
    await withStore(site, async (store) => {
      const records = createRecordStore(store);
      const earlier = addSeconds(wallClockAt(clock()), -1200);
      const lastWeek = [recordOf(CINEMA), recordOf(CINEMA, { checkTime: earlier })].map((one) => daysAgo(7, one));
      await records.keep([recordOf(CINEMA), recordOf(OTHER_CINEMA), ...lastWeek], { forward: false });
      await records.keep([recordOf(CINEMA, { quarantine: 'CODE_NOT_GENUINE' })], { forward: true });
      await records.keep([refusedUpstream, daysAgo(1, recordOf(OTHER_CINEMA))], { forward: true });
      // One ticket came in twice.
      const first = recordOf(CINEMA);
      const twice = [first, { ...first, recordId: recordOf(CINEMA).recordId }];
      await createRecordStore(store, { inSameTransaction: findingAmong(store) }).keep(twice, { forward: false });
      const parked = {
        parkedAt: wallClockAt(clock()),
        nextAttemptAt: '2999-01-01T00:00:00',
        errorCode: 'BAD_RECORD',
      };
      await store.db.updateTable('outbox').set(parked).execute();
      await createClaimStore(store, () => clock() - 600_000).claim({
        ...claimFor('terminal-1', CINEMA),
        checkTime: wallClockAt(clock() - 600_000),
      });
    });
    // At the doors of both cinemas somebody was refused; one terminal counts its scans, and the other does not say so.
    const date = businessDate(wallClockAt(clock()));
    const scans = { businessDate: date, counts: { ADMIT: 9, ALREADY_ENTERED: 2, A_LATER_VERDICT: 1 } };
    // A gate of the other cinema is out of order.
    const gates = [{ ...HEALTHY.gates[0]!, outOfOrderSeconds: 60 }];
    const earlier = reportTerminalStateQueryJson({ ...HEALTHY, gates }, null);
    expect(await ask(own, 'ReportTerminalState', reportTerminalStateQueryJson(HEALTHY, scans))).toEqual({ Kept: true });
    expect(await ask(other, 'ReportTerminalState', earlier)).toEqual({ Kept: true });
    const atBoth = reportTerminalStateQueryJson(HEALTHY, { businessDate: date, counts: { REFUNDED: 5 } });
    expect(await ask(both, 'ReportTerminalState', atBoth)).toEqual({ Kept: true });
    await expect
      .poll(() => withStore(site, ({ db }) => db.selectFrom('terminalState').selectAll().execute()))
      .toHaveLength(3);
    const read = async (username: string, query = ''): Promise<Today> =>
      (await (await logInAs(service, site, username)).ask(`/today.json${query}`)).body;
    const all = await read('anna');
    expect(all.Steps.every(({ At }) => /^\d{4}-\d\d-\d\dT\d\d:\d0:00$/.test(At) && At >= all.From)).toBe(true);
    const of = (today: Today) => {
      const { Entries, Quarantined, OnTheWay, Line, Needs } = today;
      const { Waiting, Parked, Overdue } = OnTheWay;
      // Within 15 s of the start a job looks for days that are incomplete, as yesterday is: it may have or not.
      const needs = Needs.map(({ Kind }) => Kind).filter((kind) => kind !== 'incomplete-day');
      return { Entries, Quarantined, Waiting, Parked, Overdue, line: Line.State, needs };
    };
    const need = ({ Needs }: Today, kind: string) => Needs.find(({ Kind }) => Kind === kind);
    expect(of(all)).toEqual({
      ...{ Entries: 5, Quarantined: 1, Waiting: 0, Parked: 2, Overdue: 1, line: 'up' },
      needs: ['terminals', 'keys', 'overdue', 'parked', 'quarantined', 'findings', 'late-claims'],
    });
    expect(need(all, 'terminals')).toEqual({ Kind: 'terminals', Count: 1 });
    // The peer has keys of neither cinema.
    expect(need(all, 'keys')).toEqual({ Kind: 'keys', Count: 2, Unusable: 2 });
    expect(need(all, 'findings')).toEqual({ Kind: 'findings', Count: 1, AtLeast: false });
    expect(all.Steps.reduce((sum, { Quarantined }) => sum + Quarantined, 0)).toBe(1);
    expect(all.Refused).toEqual({ ALREADY_ENTERED: 2, A_LATER_VERDICT: 1, REFUNDED: 5 });
    expect(all.Terminals).toEqual({ Accounts: 3, Telling: 2 });
    const bert = await read('bert');
    expect(bert.Refused).toEqual({});
    expect(bert.Terminals).toEqual({ Accounts: 2, Telling: 0 });
    // Where the terminal of both cinemas refused somebody is shown to people who see both.
    const carl = await read('carl');
    expect(carl.Refused).toEqual({ ALREADY_ENTERED: 2, A_LATER_VERDICT: 1 });
    expect(carl.Terminals).toEqual({ Accounts: 2, Telling: 1 });
    const dora = await read('dora');
    expect(of(dora)).toEqual({
      ...{ Entries: 1, Quarantined: 0, Waiting: 0, Parked: 1, Overdue: 1, line: 'up' },
      needs: ['terminals', 'keys', 'overdue', 'parked'],
    });
    expect(need(dora, 'keys')).toMatchObject({ Count: 1 });
    expect(all.SetUp).toBeNull();
    // A week ago one came in by now, and one in the ten minutes under way; inside are the guests of today's only screen, but for the
    // other cinema's.
    expect(all.Before).toMatchObject({ Entries: 1, OfTheDay: 2 });
    const [inOwn, inOther] = [
      { CinemaCode: CINEMA, Entries: 4, Before: 1, Inside: 4 },
      { CinemaCode: OTHER_CINEMA, Entries: 1, Before: 0, Inside: 1 },
    ];
    expect(all).toMatchObject({ Inside: 5, Cinemas: [inOwn, inOther] });
    expect(all.Sessions?.reduce((sum, { Entries }) => sum + Entries, 0)).toBe(5);
    expect(await read('anna', `?cinema=${CINEMA}`)).toMatchObject({ Inside: 4, Cinemas: [inOwn], Quarantined: 1 });
    expect(dora).toMatchObject({ Inside: 1, Before: { Entries: 0 }, Cinemas: [inOther] });
    expect(await read('dora', `?cinema=${CINEMA}`)).toEqual({ error: 'forbidden' });
    // People who may not open the lists of terminals and keys get no count of them.
    expect(of(bert)).toEqual({ ...of(dora), needs: ['overdue', 'parked'] });
    expect(of(carl).needs).toEqual(['parked', 'quarantined', 'findings', 'late-claims']);
    expect(bert.OnTheWay.OldestUnsent as WallClock).toMatch(/T/);
    // The next morning the week before is another one.
    site.clock.ahead = NOON_AHEAD_MS + 66_000_000;
    await expect
      .poll(async () => (await read('anna')).Before)
      .toMatchObject({
        ...{ BusinessDate: addDays(date, -6), Entries: 0, OfTheDay: 0 },
      });
  });

  it('agrees with the reports: its own date with that of the date, what is on its way with those of all dates and the lists', async () => {
    const site = await createSite(await url());
    site.clock.ahead = NOON_AHEAD_MS;
    const service = await site.start();
    await addOperator(site, 'anna', 'supervisor');
    await addOperator(site, 'dora', 'supervisor', { cinemaCodes: [OTHER_CINEMA] });
    const [parked, quarantine] = [new Set<string>(), 'CODE_NOT_GENUINE' as const];
    const dates = [0, 1, 2].map((daysAgo) => addDays(businessDate(wallClockAt(clock())), -daysAgo));
    await withStore(site, async (store) => {
      for (const [daysAgo] of dates.entries()) {
        const past = (cinema: typeof CINEMA, changes: Partial<ReceivedRecord> = {}) => {
          const record = recordOf(cinema, changes);
          const at = addSeconds(record.checkTime, -86_400 * daysAgo);
          return { ...record, checkTime: at, startTime: at };
        };
        const records = createRecordStore(store);
        const refused = [past(CINEMA), past(OTHER_CINEMA)];
        for (const { recordId } of refused) parked.add(recordId);
        const aside = [1, 2, 3].map(() => past(daysAgo === 1 ? OTHER_CINEMA : CINEMA, { quarantine }));
        await records.keep([...refused, ...aside.slice(daysAgo), past(CINEMA)], { forward: true });
        await records.keep([past(CINEMA), past(OTHER_CINEMA)], { forward: false });
      }
      const refusal = { parkedAt: wallClockAt(clock()), nextAttemptAt: '2999-01-01T00:00:00', errorCode: 'BAD_RECORD' };
      await store.db
        .updateTable('outbox')
        .set(refusal)
        .where('recordId', 'in', [...parked])
        .execute();
    });
    for (const [username, own] of [
      ['anna', { entries: 5, quarantined: 3, waiting: 3, parked: 6 }],
      ['dora', { entries: 2, quarantined: 0, waiting: 0, parked: 3 }],
    ] as const) {
      const asker = await logInAs(service, site, username);
      const ask = async (path: string) => (await asker.ask(path)).body;
      const today: Today = await ask('/today.json');
      const isSetUp = { upstream: false, accounts: false, terminals: true };
      expect(today.SetUp).toEqual(username === 'anna' ? expect.objectContaining(isSetUp) : null);
      const reports: Record<string, number>[] = [];
      for (const date of dates) reports.push((await ask(`/report.json?businessDate=${date}`)).Total);
      const inAll = (count: string) => reports.reduce((sum, total) => sum + (total[count] ?? 0), 0);
      const need = (kind: string) => today.Needs.find(({ Kind }) => Kind === kind);
      const listed = async (kind: string) => (await ask(`/outbox.json?kind=${kind}`)).Records.length;

      expect(today).toMatchObject({ Entries: own.entries, Quarantined: own.quarantined });
      expect(reports[0]).toMatchObject({ Entries: today.Entries, Quarantined: today.Quarantined });
      for (const count of ['Entries', 'Quarantined'] as const) {
        expect(today.Steps.reduce((sum, step) => sum + step[count], 0)).toBe(today[count]);
      }
      const { Days } = await ask(`/completeness.json?since=${dates[0]}`);
      expect(Days.reduce((sum: number, { Entries }: { Entries: number }) => sum + Entries, 0)).toBe(today.Entries);
      expect(today.OnTheWay).toMatchObject({ Waiting: own.waiting, Parked: own.parked });
      expect([inAll('Waiting'), inAll('Parked')]).toEqual([own.waiting, own.parked]);
      expect(need('parked')).toMatchObject({ Count: own.parked });
      expect(await listed('parked')).toBe(own.parked);
      expect(need('quarantined')).toMatchObject({ Count: inAll('Quarantined') });
      expect(await listed('quarantined')).toBe(inAll('Quarantined'));
      expect(need('overdue')).toMatchObject({ Count: today.OnTheWay.Overdue });
      expect(await listed('overdue')).toBe(today.OnTheWay.Overdue);
    }
  });
});
