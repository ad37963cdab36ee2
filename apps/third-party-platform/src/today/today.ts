import { type AskedList, cinemaIn, isOfNoOther, type PageSet, type Permits } from '@ticket-check/admin';
import {
  countDaySteps,
  countSessions,
  countUnsent,
  PLATFORM_DEADLINE,
  type RecordStore,
  type Reporting,
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
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Service, sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/served-cinemas.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import { countOpenClaims, missingSince } from '../claims/open-claims.ts';
import { type AccountCinemas, type FleetMember, isOfOne, loadFleet } from '../fleet/load-fleet.ts';
import type { FleetTables } from '../fleet/terminal-states.ts';
import { cinemasInNeed, countCinemas } from '../public-keys/key-advice.ts';
import { countOpenFindings, type FindingTables } from '../worklist/worklist.ts';
import { countTerminals, LISTED_BY, needsOf } from './needs.ts';
import { cinemasOf, runningSessions, runsSince } from './sessions.ts';
import type { Today } from './told.ts';

/** The screen of the day, told live, and the same as JSON for machines. */
export function todayPages(service: Pick<Service, 'now'>, options: Known): PageSet {
  const read = createToday(service, options);
  const permission = 'records.read';
  return {
    name: 'today',
    screens: [{ path: '/today', permission, label: { zh: '今日', en: 'Today' } }],
    json: [{ path: '/today.json', permission, handler: read }],
    live: [{ name: 'today', permission, everyMs: EVERY_MS, besides: LISTED_BY, read }],
  };
}

type Counted = Awaited<ReturnType<typeof countDaySteps>>[number];

/** As often as the lists are read, whose counts it shows. */
const EVERY_MS = 5000;
/** What all browsers have in common is read once in this time: each reading goes through all of it. */
const SHARED_MS = 2000;
/** Sessions are counted among the records, which takes longer than in the index of the day. */
const SESSIONS_MS = 10_000;
/** Hardly anything of a week ago changes. */
const BEFORE_MS = 600_000;
const DAYS_BEFORE = 7;
const STEP_SECONDS = 600;

type Known = {
  store: Store<KnownTables & AccountTables & FleetTables & FindingTables & CinemaTables & KeyCacheTables>;
  recordStore: Pick<RecordStore, 'summary'>;
  connection: Pick<WatchedConnection, 'upstream' | 'isReachable'>;
  reporting: Pick<Reporting, 'standstills' | 'alarmed'>;
};

/** What has to be known of a day, read on the connection of reports or from what health looks up anyway. */
function createToday({ now }: Pick<Service, 'now'>, { store, recordStore, connection, reporting }: Known) {
  const ofAll = sharedFor(SHARED_MS, async () => {
    const at = wallClockAt(now());
    const date = businessDate(at);
    return Promise.all([
      date,
      countDaySteps(store, { date, at }),
      recordStore.summary({ deadline: PLATFORM_DEADLINE, at }),
      reporting.standstills(),
      loadFleet(store, { now: now(), cinemas: 'all' }),
      cinemasInNeed(store, now()),
      store.reports.selectFrom('servedCinema').select('cinemaCode').limit(1).executeTakeFirst(),
    ]);
  });
  const running = sharedFor(SESSIONS_MS, async () => {
    const at = wallClockAt(now());
    return runningSessions(await countSessions(store, { startFrom: runsSince(at), at }), at);
  });
  const countWhole = (date: BusinessDate) =>
    sharedFor(BEFORE_MS, async () => ({
      date,
      counts: await countDaySteps(store, { date, at: businessDay(date).until }),
    }));
  let week: { readonly date: BusinessDate; readonly count: ReturnType<typeof countWhole> } | undefined;
  function weekBefore(at: WallClock) {
    const date = addDays(businessDate(at), -DAYS_BEFORE);
    if (week?.date !== date) week = { date, count: countWhole(date) };
    return week.count();
  }

  async function line(): Promise<Today['Line']> {
    const upstream = await connection.upstream();
    if (upstream === null) return { State: 'not-set', Url: null };
    return { State: connection.isReachable() ? 'up' : 'down', Url: upstream.url };
  }

  return async (asked: AskedList & { readonly permits: Permits }): Promise<Today> => {
    const at = wallClockAt(now());
    const cinema = cinemaIn(asked);
    const cinemaCodes = cinema === undefined ? asked.cinemaCodes : [cinema];
    const mine = ({ cinemaCode }: { cinemaCode: string }) => mayOperateFor({ cinemaCodes }, cinemaCode);
    const [
      [date, counts, whole, standing, fleet, keysInNeed, served],
      sessions,
      before,
      ofMine,
      lateClaims,
      findings,
      lineNow,
    ] = await Promise.all([
      ofAll(),
      running(),
      weekBefore(at),
      cinemaCodes === 'all' ? null : countUnsent(store, cinemaCodes, { deadline: PLATFORM_DEADLINE, at }),
      countOpenClaims(store.reports, { claimedUntil: missingSince(now), cinemas: cinemaCodes }),
      countOpenFindings(store, cinemaCodes),
      line(),
    ]);
    const unsent = ofMine ?? whole;
    const { from, until } = businessDay(date);
    const ofToday = counts.filter(mine);
    const inside = sessions.filter(mine);
    const steps = stepsOf(ofToday);
    const ofBefore = before.counts.filter(mine);
    const stepsBefore = stepsOf(ofBefore);
    // Only steps that had ended: the one under way then is counted whole.
    const lastEnded = addSeconds(at, -DAYS_BEFORE * 86_400 - STEP_SECONDS);
    const bySameTime = ofBefore.filter(({ step }) => step <= lastEnded);
    return {
      BusinessDate: date,
      From: from,
      Until: until,
      Steps: steps,
      Entries: sumOf(steps, 'Entries'),
      Quarantined: sumOf(steps, 'Quarantined'),
      Before: {
        BusinessDate: before.date,
        Entries: sumOf(stepsOf(bySameTime), 'Entries'),
        OfTheDay: sumOf(stepsBefore, 'Entries'),
        Steps: stepsBefore.map(({ At, Entries }) => ({ At, Entries })),
      },
      Inside: inside.reduce((sum, { entries }) => sum + entries, 0),
      ...cinemasOf({
        today: ofToday.map(entriesOf),
        before: bySameTime.map(entriesOf),
        running: inside,
        at,
      }),
      ...countRefusals(fleet, { date, cinemas: cinemaCodes }),
      OnTheWay: {
        Waiting: unsent.waiting,
        Parked: unsent.parked,
        Overdue: unsent.overdue,
        OldestUnsent: unsent.oldestUnsent,
        DeadlineSeconds: PLATFORM_DEADLINE.seconds,
        LastDeliveredAt: whole.lastDeliveredAt,
      },
      Line: lineNow,
      Needs: needsOf({
        line: lineNow,
        unsent,
        standstills: standing.filter(mine),
        alarmed: reporting.alarmed().filter(mine),
        lateClaims,
        terminals: countTerminals(fleet, cinemaCodes),
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
  };
}

const setUpOf = (steps: NonNullable<Today['SetUp']>): Today['SetUp'] =>
  Object.values(steps).every((isDone) => isDone) ? null : steps;

const entriesOf = ({ cinemaCode, checked, quarantined }: Counted) => ({ cinemaCode, entries: checked - quarantined });

/** The counts of all cinemas by their ten minutes. */
function stepsOf(counts: readonly Counted[]): Today['Steps'] {
  const steps = new Map<WallClock, { Entries: number; Quarantined: number }>();
  for (const { step, checked, quarantined } of counts) {
    const sums = steps.get(step) ?? { Entries: 0, Quarantined: 0 };
    sums.Entries += checked - quarantined;
    sums.Quarantined += quarantined;
    steps.set(step, sums);
  }
  return [...steps].sort(([a], [b]) => (a < b ? -1 : 1)).map(([At, sums]) => ({ At, ...sums }));
}

const sumOf = (steps: Today['Steps'], name: 'Entries' | 'Quarantined') =>
  steps.reduce((sum, step) => sum + step[name], 0);

/** Sums what terminals say that they refused on a business date, for a person who may see these cinemas. */
function countRefusals(
  terminals: readonly Pick<FleetMember, 'cinemaCodes' | 'scans'>[],
  { date, cinemas }: { date: string; cinemas: AccountCinemas },
): Pick<Today, 'Refused' | 'Terminals'> {
  const refused: Record<string, number> = {};
  const sums = { Accounts: 0, Telling: 0, NotShown: 0 };
  for (const { cinemaCodes, scans } of terminals) {
    if (!isOfOne(cinemaCodes, cinemas)) continue;
    // At which cinema a terminal of several refused somebody is not known.
    if (!isOfNoOther(cinemaCodes, cinemas)) {
      sums.NotShown += 1;
      continue;
    }
    sums.Accounts += 1;
    if (scans?.businessDate !== date) continue;
    sums.Telling += 1;
    for (const [verdict, count] of Object.entries(scans.counts)) {
      // Entries are counted from the check records.
      if (verdict !== 'ADMIT') refused[verdict] = (refused[verdict] ?? 0) + count;
    }
  }
  return { Refused: refused, Terminals: sums };
}
