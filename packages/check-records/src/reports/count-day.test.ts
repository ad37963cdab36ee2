import {
  addSeconds,
  businessDay,
  type CinemaCode,
  padCode,
  parseBusinessDate,
  parseCinemaCode,
  parseFilmCode,
  parseFilmTicketCode,
  parseScreenCode,
  parseSessionCode,
  parseWallClock,
} from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { reversalRowOf } from '../tables/reversal-rows.ts';
import type { OwnStore } from '../tables/tables.ts';
import { plansOf } from '../testing/explain.ts';
import { openStore } from '../testing/open-records.ts';
import { makeRecord, undoing } from '../testing/records.ts';
import { insertReversals } from '../undo/reversals.ts';
import { countArrived, countCompleteness, countDaySteps, countSessions, readAllParts } from './by-hour.ts';
import { countDay, DIMENSIONS } from './count-day.ts';
import { DaySums } from './day-table.ts';
import { type LineKey, type ReportLine, sumOf } from './report-line.ts';

const DAY = parseBusinessDate('2026-11-24');
const { from, until } = businessDay(DAY);
const CINEMAS = ['31012345', '31012346'].map(parseCinemaCode);
const CODE = makeRecord(0).ticketInfoCode;

type Fate = 'delivered' | 'waiting' | 'parked' | 'quarantined';
type Made = { readonly record: ReceivedRecord; readonly fate: Fate; readonly isUndone?: boolean };

/** A record somewhere around the day, of few tickets, so that some are entered several times. */
const made = fc
  .record({
    cinema: fc.nat(1),
    ticket: fc.nat(6),
    session: fc.nat(2),
    gate: fc.constantFrom('', 'gate-1', '北门'),
    account: fc.constantFrom('terminal-1', 'terminal-2'),
    isComplete: fc.boolean(),
    isUndone: fc.boolean(),
    overriddenVerdict: fc.constantFrom(null, 'REFUNDED' as const),
    offline: fc.constantFrom(null, true, false),
    fate: fc.constantFrom<Fate>('delivered', 'waiting', 'parked', 'quarantined'),
    // An hour before the day to an hour after it; its borders often.
    second: fc.oneof(fc.integer({ min: -3600, max: 90_000 }), fc.constantFrom(-1, 0, 3599, 3600, 86_399, 86_400)),
  })
  .map(({ cinema, ticket, session, isComplete, isUndone, fate, second, ...given }): Made => {
    const record = makeRecord(ticket, {
      ...given,
      ticketInfoCode: CODE,
      cinemaCode: CINEMAS[cinema] as CinemaCode,
      filmTicketCode: parseFilmTicketCode(`${session}${ticket}`.padStart(16, '7')),
      startTime: addSeconds(from, 3600 * (12 + session)),
      checkTime: addSeconds(from, second),
      screenCode: parseScreenCode(padCode(`000${session % 2}`, 16)),
      sessionCode: parseSessionCode(padCode(`S${session}`, 16)),
      filmCode: parseFilmCode(`00110258202${session}`),
      quarantine: fate === 'quarantined' ? 'CODE_NOT_GENUINE' : null,
      ...(isComplete ? {} : { ticketType: null, screenName: '', filmName: '' }),
    });
    return { record, fate, isUndone };
  });

/** The same counts, from the records that were made. */
function expected(all: readonly Made[], cinemaCode?: CinemaCode): Map<string, Record<string, unknown>> {
  const order = (record: ReceivedRecord) => `${record.checkTime} ${record.recordId}`;
  const ticketOf = ({ cinemaCode, filmTicketCode, startTime }: ReceivedRecord) =>
    `${cinemaCode} ${filmTicketCode} ${startTime}`;
  const first = new Map<string, string>();
  for (const { record, fate, isUndone } of all) {
    if (fate === 'quarantined' || isUndone) continue;
    const before = first.get(ticketOf(record));
    if (before === undefined || order(record) < before) first.set(ticketOf(record), order(record));
  }
  const lines = new Map<string, Record<string, unknown>>();
  const ofDay = all.filter(
    ({ record }) =>
      record.checkTime >= from &&
      record.checkTime < until &&
      (cinemaCode === undefined || record.cinemaCode === cinemaCode),
  );
  for (const [key, group] of Map.groupBy(ofDay, ({ record }) => keyOf(record))) {
    const entries = group.filter(({ fate }) => fate !== 'quarantined');
    const count = (which: (one: Made) => boolean) => entries.filter(which).length;
    const named = group.some(({ record }) => record.filmName !== '');
    lines.set(key, {
      screenName: named ? '3号厅' : '',
      filmName: named ? '流浪地球' : '',
      checked: group.length,
      entries: entries.length,
      delivered: count(({ fate }) => fate === 'delivered'),
      waiting: count(({ fate }) => fate === 'waiting'),
      parked: count(({ fate }) => fate === 'parked'),
      quarantined: group.length - entries.length,
      doubles: count(({ record, isUndone }) => !isUndone && first.get(ticketOf(record)) !== order(record)),
      lateRefunds: 0,
      incomplete: count(({ record }) => record.ticketType === null),
      undone: count(({ isUndone }) => isUndone === true),
      undoneStanding: count(({ record, isUndone }) => isUndone === true && record.account === 'terminal-1'),
      overridden: count(({ record }) => record.overriddenVerdict !== null),
      offline: count(({ record }) => record.offline === true),
      offlineTold: count(({ record }) => record.offline !== null),
    });
  }
  return lines;
}

function keyOf({ cinemaCode, screenCode, sessionCode, startTime, filmCode, account, gate }: LineKey): string {
  return [cinemaCode, screenCode, sessionCode, startTime, filmCode, account, gate].join(' ');
}

function countsOf(lines: readonly ReportLine[]) {
  return new Map(
    lines.map((line) => {
      const { cinemaCode, screenCode, sessionCode, startTime, filmCode, account, gate, ...counts } = line;
      return [keyOf(line), counts];
    }),
  );
}

describeEachEngine('the counts of a business date', ({ open, engine }) => {
  let store: OwnStore;
  beforeEach(async () => {
    store = await openStore({ open });
  });

  async function fill(all: readonly Made[]): Promise<void> {
    const records = createRecordStore(store);
    for (const forward of [true, false]) {
      await records.keep(
        all.filter(({ fate }) => forward === (fate === 'waiting' || fate === 'parked')).map(({ record }) => record),
        { forward },
      );
    }
    for (const forward of [true, false]) {
      const undone = all.filter(({ isUndone, record }) => isUndone && forward === (record.account === 'terminal-1'));
      await insertReversals(
        { db: store.db, store },
        undone.map(({ record }) => reversalRowOf(undoing(record))),
        { forward },
      );
    }
    const parked = all.filter(({ fate }) => fate === 'parked');
    const refused = parked.map(({ record }) => ({ record, revision: 0, errorCode: 'X', errorMessage: '' }));
    await records.outbox.park(refused, from, until);
  }

  test('are those that the records themselves give, line by line', { tags: 'slow' }, async () => {
    await fc.assert(
      fc
        .asyncProperty(fc.array(made, { maxLength: 30 }), async (all) => {
          await fill(all);
          expect(countsOf(await countDay(store, { date: DAY, by: 'session' }))).toEqual(expected(all));
          for (const cinemaCode of CINEMAS) {
            const lines = await countDay(store, { date: DAY, by: 'session', cinemaCode });
            expect(countsOf(lines)).toEqual(expected(all, cinemaCode));
          }
        })
        .afterEach(async () => {
          await store.db.deleteFrom('outbox').execute();
          await store.db.deleteFrom('reversal').execute();
          await store.db.deleteFrom('checkRecord').execute();
        }),
      { numRuns: engine === 'sqlite' ? 40 : 20 },
    );
  });

  test('by cinema, screen, film, account and gate are the sums of its lines', async () => {
    const all = fc.sample(made, { numRuns: 300, seed: 7 });
    await fill(all);
    const bySession = await countDay(store, { date: DAY, by: 'session' });
    const keys = {
      cinema: ['cinemaCode'],
      screen: ['cinemaCode', 'screenCode'],
      film: ['cinemaCode', 'filmCode'],
      account: ['cinemaCode', 'account'],
      gate: ['cinemaCode', 'account', 'gate'],
    } as const;
    for (const by of ['cinema', ...DIMENSIONS] as const) {
      const keyOf = (line: ReportLine) => keys[by].map((column) => line[column]).join(' ');
      const lines = await countDay(store, { date: DAY, by });
      const sums = new Map([...Map.groupBy(bySession, keyOf)].map(([key, group]) => [key, sumOf(group)]));
      expect(new Map(lines.map((line) => [keyOf(line), sumOf([line])])), by).toEqual(sums);
      expect(lines, by).toHaveLength(sums.size);
    }
  });

  test('of completeness are the same', async () => {
    const all = fc.sample(made, { numRuns: 300, seed: 11 });
    await fill(all);
    const sums = new DaySums();
    for (const line of await countDay(store, { date: DAY, by: 'session' })) sums.add(line);
    expect(await countCompleteness(store, DAY)).toEqual(
      new Map([...sums.cinemas].map(([cinemaCode, { entries, delivered }]) => [cinemaCode, { entries, delivered }])),
    );
  });

  test('end where nobody waits for them any more', async () => {
    const given = AbortSignal.abort(new Error('gone'));
    await expect(countDay(store, { date: DAY, by: 'session', signal: given })).rejects.toThrow('gone');
  });

  test('by ten minutes hold each record once, also quarantined ones and what comes late', async () => {
    const records = createRecordStore(store);
    const keep = (time: string, quarantine: 'CODE_NOT_GENUINE' | null) =>
      records.keep([makeRecord(1, { checkTime: parseWallClock(`2026-11-24T${time}`), quarantine })], {
        forward: false,
      });
    await keep('19:59:59', 'CODE_NOT_GENUINE');
    await keep('20:00:00', null);
    await keep('20:05:00', 'CODE_NOT_GENUINE');
    await keep('21:09:59', 'CODE_NOT_GENUINE');
    const counted = async () => {
      const counts = await countDaySteps(store, { date: DAY, at: parseWallClock('2026-11-24T21:30:00') });
      return counts.map(({ step, checked, quarantined }) => [step.slice(11, 16), checked, quarantined]).sort();
    };
    const before = [
      ['19:50', 1, 1],
      ['20:00', 2, 1],
      ['21:00', 1, 1],
    ];
    expect(await counted()).toEqual(before);
    await keep('07:30:00', 'CODE_NOT_GENUINE');
    expect(await counted()).toEqual([['07:30', 1, 1], ...before]);
  });

  test('by session hold the entries of those that start from a time on, once, named as far as it is known', async () => {
    const records = createRecordStore(store);
    const session = { startTime: parseWallClock('2026-11-24T19:30:00') };
    const at = (time: string, changes: Parameters<typeof makeRecord>[1] = {}) =>
      makeRecord(1, { checkTime: parseWallClock(`2026-11-24T${time}`), ...session, ...changes });
    await records.keep(
      [
        at('18:59:59'),
        at('19:10:00', { screenName: '', filmName: '' }),
        at('19:11:00', { quarantine: 'CODE_NOT_GENUINE' }),
        at('19:12:00', { startTime: parseWallClock('2026-11-24T18:59:59') }),
        at('19:20:00', { startTime: parseWallClock('2026-11-24T19:40:00') }),
      ],
      { forward: false },
    );
    const named = { screenName: '3号厅', filmName: '流浪地球' };
    const found = await countSessions(store, {
      startFrom: parseWallClock('2026-11-24T19:00:00'),
      at: parseWallClock('2026-11-24T20:00:00'),
    });
    expect(found.sort((a, b) => (a.startTime < b.startTime ? -1 : 1))).toMatchObject([
      { startTime: '2026-11-24T19:30:00', entries: 2, ...named },
      { startTime: '2026-11-24T19:40:00', entries: 1, ...named },
    ]);
  });

  if (engine === 'sqlite') {
    test('of all cinemas by cinema, account or gate read no records, and of one cinema no others', async () => {
      const stepsIn = async (ask: (asked: OwnStore) => Promise<unknown>) => {
        const [plan = ''] = await plansOf(store, ask);
        return plan.split('\n').filter((step) => /^(SEARCH .*check_record_(day|cinema)|SCAN c( |$))/.test(step));
      };
      const stepsOf = (by: 'cinema' | 'account' | 'gate' | 'screen', cinemaCode?: CinemaCode) =>
        stepsIn((asked) => countDay(asked, { date: DAY, by, cinemaCode }));
      const inTheIndex = [expect.stringContaining('SEARCH c USING COVERING INDEX check_record_day (check_time>?')];
      for (const by of ['cinema', 'account', 'gate'] as const) expect(await stepsOf(by)).toEqual(inTheIndex);
      expect(await stepsIn((asked) => countArrived(asked, { date: DAY }))).toEqual(inTheIndex);
      expect(await stepsOf('screen')).toEqual([expect.stringContaining('SEARCH c USING INDEX check_record_day')]);
      for (const by of ['cinema', 'account', 'screen'] as const) {
        expect(await stepsOf(by, CINEMAS[0])).toEqual([
          expect.stringContaining('SEARCH c USING INDEX check_record_cinema (cinema_code=? AND check_time>?'),
        ]);
      }
    });

    test('of completeness read no records', async () => {
      const stepsFor = async (cinemaCode?: CinemaCode) => {
        const [plan = ''] = await plansOf(store, (asked) => countCompleteness(asked, DAY, cinemaCode));
        return plan.split('\n').filter((step) => /^(SEARCH|SCAN) c( |$)/.test(step));
      };
      const others = [
        expect.stringMatching(/USING INDEX check_record_quarantine/),
        expect.stringContaining('USING COVERING INDEX outbox_check_time (check_time>? AND check_time<?'),
      ];
      expect(await stepsFor()).toEqual([
        expect.stringContaining('SEARCH c USING COVERING INDEX check_record_day (check_time>? AND check_time<?'),
        ...others,
      ]);
      expect(await stepsFor(CINEMAS[0])).toEqual([
        'SEARCH c USING COVERING INDEX check_record_cinema (cinema_code=? AND check_time>? AND check_time<?)',
        ...others,
      ]);
    });
  }
});

test('a part may have more rows than a call may have arguments', async () => {
  const execute = async () => ({ rows: new Array<number>(200_000).fill(1) });
  const parts = readAllParts({ reports: {} as OwnStore['reports'] }, [1, 2], () => ({ execute }) as never);
  expect(await parts).toHaveLength(400_000);
});
