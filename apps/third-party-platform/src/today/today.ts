import { type AskedList, cinemaIn, isOfNoOther, type PageSet, type Permits } from '@ticket-check/admin';
import {
  countDaySteps,
  countSessions,
  countUnsent,
  PLATFORM_DEADLINE,
  type RecordStore,
  type Reporting,
  type SessionEntries,
} from '@ticket-check/check-records';
import type { AccountTables, WatchedConnection } from '@ticket-check/exchange';
import type { KeyCacheTables } from '@ticket-check/key-cache';
import { mayOperateFor } from '@ticket-check/operators';
import {
  addDays,
  addSeconds,
  type BusinessDate,
  businessDate,
  businessDay,
  elementsJson,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { worstOf } from '@ticket-check/protocol/terminal-advice';
import { type Service, sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/served-cinemas.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import { countOpenClaims, missingSince } from '../claims/open-claims.ts';
import { type AccountCinemas, type FleetMember, isOfOne, loadFleet } from '../fleet/load-fleet.ts';
import type { FleetTables } from '../fleet/terminal-states.ts';
import { cinemasInNeed, countCinemas } from '../public-keys/key-advice.ts';
import { countOpenFindings, type FindingTables } from '../worklist/worklist.ts';
import { LISTED_BY, needsOf } from './needs.ts';
import { cinemasOf, runningSessions, runsSince } from './sessions.ts';
import type { Today } from './told.ts';

type Counted = Awaited<ReturnType<typeof countDaySteps>>[number];

/** As often as the lists are read, whose counts it shows. */
const EVERY_MS = 5000;
/** What all browsers have in common is read once in this time: each reading goes through all of it. */
const SHARED_MS = 2000;
/** Sessions are counted among the records of hours, which takes longer than in the index of the day: for a small part of the time. */
const sessionsMs = (_: unknown, tookMs: number) => Math.min(60_000, Math.max(10_000, 100 * tookMs));
/** Hardly anything of a week ago changes. */
const BEFORE_MS = 600_000;
const DAYS_BEFORE = 7;
const STEP_SECONDS = 600;

/**
 * The screen of the day, told live, and the same as JSON for machines: read on the connection of reports or from what health looks
 * up anyway.
 */
export function todayPages(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  options: {
    store: Store<KnownTables & AccountTables & FleetTables & FindingTables & CinemaTables & KeyCacheTables>;
    recordStore: Pick<RecordStore, 'summary'>;
    connection: Pick<WatchedConnection, 'upstream' | 'isReachable'>;
    reporting: Pick<Reporting, 'stuck' | 'alarmed'>;
  },
): PageSet {
  const { store, recordStore, connection, reporting } = options;
  const ofAll = sharedFor(SHARED_MS, async () => {
    const at = wallClockAt(now());
    const date = businessDate(at);
    const [counts, before, inside, ...others] = await Promise.all([
      countDaySteps(store, { date, at }).then(byCinema),
      weekBefore(at),
      running(),
      recordStore.summary({ deadline: PLATFORM_DEADLINE, at }),
      loadFleet(store, { now: now(), cinemas: 'all' }),
      cinemasInNeed(store, now()),
      store.reports.selectFrom('servedCinema').select('cinemaCode').limit(1).executeTakeFirst(),
    ]);
    const counted = { at, date, counts, before, inside };
    // Most people see all cinemas, which may be many: what they see of them is put together once.
    return [counted, countedOf(counted, 'all'), ...others] as const;
  });
  const running = sharedFor(sessionsMs, async () => {
    const at = wallClockAt(now());
    try {
      return byCinema(runningSessions(await countSessions(store, { startFrom: runsSince(at), at }), at));
    } catch (err) {
      logger.error({ err }, 'failed to count sessions');
      return null;
    }
  });
  const countWhole = (date: BusinessDate) =>
    sharedFor(BEFORE_MS, async () => ({
      date,
      counts: byCinema(await countDaySteps(store, { date, at: businessDay(date).until })),
    }));
  let week: { readonly date: BusinessDate; readonly count: ReturnType<typeof countWhole> } | undefined;
  function weekBefore(at: WallClock) {
    const date = addDays(businessDate(at), -DAYS_BEFORE);
    if (week?.date !== date) week = { date, count: countWhole(date) };
    return week.count();
  }

  async function line(): Promise<Today['Line']> {
    if ((await connection.upstream()) === null) return { State: 'not-set' };
    return { State: connection.isReachable() ? 'up' : 'down' };
  }

  async function read(asked: AskedList & { readonly permits: Permits }): Promise<Today> {
    const at = wallClockAt(now());
    const cinema = cinemaIn(asked);
    const cinemaCodes = cinema === undefined ? asked.cinemaCodes : [cinema];
    const mine = ({ cinemaCode }: { cinemaCode: string }) => mayOperateFor({ cinemaCodes }, cinemaCode);
    const [[counted, countedOfAll, whole, fleet, keysInNeed, served], ofMine, lateClaims, findings, lineNow] =
      await Promise.all([
        ofAll(),
        cinemaCodes === 'all' ? null : countUnsent(store, cinemaCodes, { deadline: PLATFORM_DEADLINE, at }),
        countOpenClaims(store.reports, { claimedUntil: missingSince(now), cinemas: cinemaCodes }),
        countOpenFindings(store, cinemaCodes),
        line(),
      ]);
    const unsent = ofMine ?? whole;
    const terminals = fleet.filter((one) => isOfOne(one.cinemaCodes, cinemaCodes));
    return {
      ...(cinemaCodes === 'all' ? countedOfAll : countedOf(counted, cinemaCodes)),
      ...countRefusals(terminals, cinemaCodes),
      OnTheWay: {
        ...elementsJson(unsent, 'Waiting', 'Parked', 'Overdue', 'OldestUnsent'),
        DeadlineSeconds: PLATFORM_DEADLINE.seconds,
        LastDeliveredAt: whole.lastDeliveredAt,
      },
      Line: lineNow,
      Needs: needsOf({
        line: lineNow,
        unsent,
        stuck: reporting.stuck().filter(mine),
        alarmed: reporting.alarmed().filter(mine),
        lateClaims,
        terminals: terminals.filter(({ advice }) => worstOf(advice).severity === 'error').length,
        keys: countCinemas(keysInNeed, cinemaCodes),
        findings,
        permits: asked.permits,
      }),
      SetUp:
        cinemaCodes === 'all'
          ? setUpOf({
              upstream: lineNow.State !== 'not-set',
              cinemas: served !== undefined,
              accounts: fleet.length > 0,
              // Those of other makes say nothing of themselves; their records are kept.
              terminals:
                fleet.some(({ heardAt }) => heardAt !== null) ||
                unsent.oldestUnsent !== null ||
                whole.lastDeliveredAt !== null,
            })
          : null,
    };
  }

  const permission = 'records.read';
  return {
    name: 'today',
    screens: [{ path: '/today', permission, label: { zh: '今日', en: 'Today' } }],
    json: [{ path: '/today.json', permission, handler: read }],
    live: [{ name: 'today', permission, everyMs: EVERY_MS, besides: LISTED_BY, read }],
  };
}

const setUpOf = (steps: NonNullable<Today['SetUp']>): Today['SetUp'] =>
  Object.values(steps).every((isDone) => isDone) ? null : steps;

type ByCinema<Row> = ReadonlyMap<string, readonly Row[]>;

const byCinema = <Row extends { readonly cinemaCode: string }>(rows: readonly Row[]): ByCinema<Row> =>
  Map.groupBy(rows, ({ cinemaCode }) => cinemaCode);

function countedOf(
  known: {
    readonly at: WallClock;
    readonly date: BusinessDate;
    readonly counts: ByCinema<Counted>;
    readonly before: { readonly date: BusinessDate; readonly counts: ByCinema<Counted> };
    readonly inside: ByCinema<SessionEntries> | null;
  },
  cinemas: AccountCinemas,
) {
  const { at, date, before, inside } = known;
  const mine = <Row>(all: ByCinema<Row>): ByCinema<Row> =>
    cinemas === 'all'
      ? all
      : new Map(cinemas.flatMap((code) => (all.has(code) ? [[code, all.get(code) ?? []] as const] : [])));
  const [ofToday, ofBefore] = [mine(known.counts), mine(before.counts)];
  const [steps, stepsBefore] = [stepsOf(ofToday), stepsOf(ofBefore)];
  // Only steps that had ended: the one under way then is counted whole.
  const lastEnded = addSeconds(at, -DAYS_BEFORE * 86_400 - STEP_SECONDS);
  const entries = (of: ByCinema<Counted>, until?: WallClock) =>
    new Map([...of].map(([code, counts]) => [code, entriesOf(counts, until)] as const));
  const bySameTime = entries(ofBefore, lastEnded);
  const { from, until } = businessDay(date);
  return {
    BusinessDate: date,
    From: from,
    Until: until,
    Steps: steps,
    Entries: sumOf(steps, 'Entries'),
    Quarantined: sumOf(steps, 'Quarantined'),
    Before: {
      BusinessDate: before.date,
      Entries: [...bySameTime.values()].reduce((sum, one) => sum + one, 0),
      OfTheDay: sumOf(stepsBefore, 'Entries'),
      Steps: stepsBefore.map(({ At, Entries }) => ({ At, Entries })),
    },
    ...cinemasOf({ entries: entries(ofToday), before: bySameTime, running: inside && mine(inside), at }),
  };
}

const entriesOf = (counts: readonly Counted[], until?: WallClock) =>
  counts.reduce(
    (sum, { step, checked, quarantined }) => (until === undefined || step <= until ? sum + checked - quarantined : sum),
    0,
  );

function stepsOf(counted: ByCinema<Counted>): Today['Steps'] {
  const steps = new Map<WallClock, { Entries: number; Quarantined: number }>();
  for (const counts of counted.values()) {
    for (const { step, checked, quarantined } of counts) {
      const sums = steps.get(step) ?? { Entries: 0, Quarantined: 0 };
      sums.Entries += checked - quarantined;
      sums.Quarantined += quarantined;
      steps.set(step, sums);
    }
  }
  return [...steps].sort(([a], [b]) => (a < b ? -1 : 1)).map(([At, sums]) => ({ At, ...sums }));
}

const sumOf = (steps: Today['Steps'], name: 'Entries' | 'Quarantined') =>
  steps.reduce((sum, step) => sum + step[name], 0);

/** Sums what terminals say that they refused. At which cinema a terminal of several refused somebody is not known. */
function countRefusals(
  terminals: readonly FleetMember[],
  cinemas: AccountCinemas,
): Pick<Today, 'Refused' | 'Terminals'> {
  const telling = terminals.flatMap(({ refused, cinemaCodes }) =>
    refused !== null && isOfNoOther(cinemaCodes, cinemas) ? [refused] : [],
  );
  const sum: Record<string, number> = {};
  for (const [verdict, count] of telling.flatMap(Object.entries<number>)) sum[verdict] = (sum[verdict] ?? 0) + count;
  return { Refused: sum, Terminals: { Accounts: terminals.length, Telling: telling.length } };
}
