import type { PageSet, Permits } from '@ticket-check/admin';
import {
  countDaySteps,
  countUnsent,
  PLATFORM_DEADLINE,
  type RecordStore,
  type Reporting,
} from '@ticket-check/check-records';
import type { AccountTables, WatchedConnection } from '@ticket-check/exchange';
import type { KeyCacheTables } from '@ticket-check/key-cache';
import { mayOperateFor, type Operator } from '@ticket-check/operators';
import { businessDay, wallClockAt } from '@ticket-check/protocol';
import { type Service, sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/served-cinemas.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import { countOpenClaims, missingSince } from '../claims/open-claims.ts';
import { type AccountCinemas, type FleetMember, isOfNoOther, isOfOne, loadFleet } from '../fleet/load-fleet.ts';
import type { FleetTables } from '../fleet/terminal-states.ts';
import { cinemasInNeed, countCinemas } from '../public-keys/key-advice.ts';
import { countOpenFindings, type FindingTables } from '../worklist/worklist.ts';
import { countTerminals, LISTED_BY, needsOf } from './needs.ts';
import type { Today } from './told.ts';

/** The screen of the day, told live, and the same as JSON for machines. */
export function todayPages(service: Pick<Service, 'now'>, options: Known): PageSet {
  const read = createToday(service, options);
  const permission = 'records.read';
  return {
    name: 'today',
    screens: [{ path: '/today', permission, label: { zh: '今日', en: 'Today' } }],
    json: [{ path: '/today.json', permission, handler: ({ cinemaCodes, permits }) => read(cinemaCodes, permits) }],
    live: [
      {
        name: 'today',
        permission,
        everyMs: EVERY_MS,
        besides: LISTED_BY,
        read: ({ cinemaCodes, permits }) => read(cinemaCodes, permits),
      },
    ],
  };
}

type Step = { Entries: number; Quarantined: number };
type CinemaCodes = Operator['cinemaCodes'];

/** As often as the lists are read, whose counts it shows. */
const EVERY_MS = 5000;
/** What all browsers have in common is read once in this time: each reading goes through all of it. */
const SHARED_MS = 2000;

type Known = {
  store: Store<KnownTables & AccountTables & FleetTables & FindingTables & CinemaTables & KeyCacheTables>;
  recordStore: Pick<RecordStore, 'summary'>;
  connection: Pick<WatchedConnection, 'upstream' | 'isReachable'>;
  reporting: Pick<Reporting, 'standstills' | 'alarmed'>;
};

/** What has to be known of a day, read on the connection of reports or from what health looks up anyway. */
function createToday({ now }: Pick<Service, 'now'>, { store, recordStore, connection, reporting }: Known) {
  const ofAll = sharedFor(SHARED_MS, () =>
    Promise.all([
      countDaySteps(store, now),
      recordStore.summary({ deadline: PLATFORM_DEADLINE, at: wallClockAt(now()) }),
      reporting.standstills(),
      loadFleet(store, { now: now(), cinemas: 'all' }),
      cinemasInNeed(store, now()),
    ]),
  );

  async function line(): Promise<Today['Line']> {
    const upstream = await connection.upstream();
    if (upstream === null) return { State: 'not-set', Url: null };
    return { State: connection.isReachable() ? 'up' : 'down', Url: upstream.url };
  }

  return async (cinemaCodes: CinemaCodes, permits: Permits): Promise<Today> => {
    const at = wallClockAt(now());
    const mine = ({ cinemaCode }: { cinemaCode: string }) => mayOperateFor({ cinemaCodes }, cinemaCode);
    const [[{ date, counts }, whole, standing, fleet, keysInNeed], ofMine, lateClaims, findings, lineNow] =
      await Promise.all([
        ofAll(),
        cinemaCodes === 'all' ? null : countUnsent(store, cinemaCodes, { deadline: PLATFORM_DEADLINE, at }),
        countOpenClaims(store.reports, { claimedUntil: missingSince(now), cinemas: cinemaCodes }),
        countOpenFindings(store, cinemaCodes),
        line(),
      ]);
    const unsent = ofMine ?? whole;
    const { from, until } = businessDay(date);
    const steps = new Map<string, Step>();
    for (const { step, checked, quarantined } of counts.filter(mine)) {
      const sums = steps.get(step) ?? { Entries: 0, Quarantined: 0 };
      sums.Entries += checked - quarantined;
      sums.Quarantined += quarantined;
      steps.set(step, sums);
    }
    const inOrder = [...steps].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      BusinessDate: date,
      From: from,
      Until: until,
      Steps: inOrder.map(([at, step]) => ({ At: at, ...step })),
      Entries: inOrder.reduce((sum, [, { Entries }]) => sum + Entries, 0),
      Quarantined: inOrder.reduce((sum, [, { Quarantined }]) => sum + Quarantined, 0),
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
        permits,
      }),
    };
  };
}

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
