import {
  type CheckRecordTables,
  countUnsent,
  createDaySteps,
  PLATFORM_DEADLINE,
  type RecordStore,
  type Reporting,
} from '@ticket-check/check-records';
import type { AccountTables, WatchedConnection } from '@ticket-check/exchange';
import type { KeyCacheTables } from '@ticket-check/key-cache';
import { mayOperateFor, type Operator } from '@ticket-check/operators';
import { businessDay, wallClockAt } from '@ticket-check/protocol';
import { createLruCache, type Service, sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Permits } from '@ticket-check/web-kit';
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import type { FleetTables } from '../fleet/fleet-tables.ts';
import { type AccountCinemas, isOfNoOther, isOfOne, loadFleet } from '../fleet/load-fleet.ts';
import { countTelling, createScanSteps } from '../fleet/scan-steps.ts';
import { cinemasInNeed, countCinemas } from '../public-keys/key-needs.ts';
import type { FindingTables } from '../worklist/finding-tables.ts';
import { countOpenFindings, type OpenFindings } from '../worklist/worklist.ts';
import { countLateClaims } from './late-claims.ts';
import { needsOf } from './needs.ts';
import { countTerminals, terminalsInNeed } from './terminal-needs.ts';
import type { Today } from './told.ts';

type Step = { Entries: number; Quarantined: number; Refused: Record<string, number> };
type CinemaCodes = Operator['cinemaCodes'];

/** Every browser that looks at the day asks for it; what they have in common is looked up once in this time. */
const SHARED_MS = 1000;
/** What is listed elsewhere is read as often as the lists are: each reading goes through all of it. */
const LISTED_MS = 5000;
/** Of so many sets of cinemas what was counted is shared; people who see the same ones have the same set. */
const MAX_SETS = 1000;

/** What has to be known of a day, read on the connection of reports or from what health looks up anyway. */
export function createToday(
  { now }: Pick<Service, 'now'>,
  options: {
    store: Store<
      CheckRecordTables & KnownTables & AccountTables & FleetTables & FindingTables & CinemaTables & KeyCacheTables
    >;
    recordStore: Pick<RecordStore, 'summary'>;
    connection: Pick<WatchedConnection, 'upstream' | 'isHeard'>;
    reporting: Pick<Reporting, 'standstills' | 'alarmed'>;
  },
): (cinemaCodes: CinemaCodes, permits: Permits) => Promise<Today> {
  const { store, recordStore, connection, reporting } = options;
  const daySteps = sharedFor(SHARED_MS, createDaySteps(store, now));
  const scanSteps = sharedFor(SHARED_MS, createScanSteps(store, now));
  const telling = sharedFor(SHARED_MS, () => countTelling(store, now()));
  const standstills = sharedFor(SHARED_MS, reporting.standstills);
  const terminalNeeds = sharedFor(LISTED_MS, async () =>
    terminalsInNeed(await loadFleet(store, { now: now(), cinemas: 'all' })),
  );
  const keyNeeds = sharedFor(LISTED_MS, () => cinemasInNeed(store, now()));
  const findingsOf = createLruCache<() => Promise<OpenFindings>>(MAX_SETS);
  const openFindings = (cinemaCodes: CinemaCodes): Promise<OpenFindings> => {
    const set = JSON.stringify(cinemaCodes);
    const shared = findingsOf.get(set) ?? sharedFor(LISTED_MS, () => countOpenFindings(store, cinemaCodes));
    findingsOf.set(set, shared);
    return shared();
  };
  const summary = sharedFor(SHARED_MS, () =>
    recordStore.summary({ deadline: PLATFORM_DEADLINE, at: wallClockAt(now()) }),
  );

  async function line(): Promise<Today['Line']> {
    const upstream = await connection.upstream();
    if (upstream === null) return { State: 'not-set', Url: null };
    return { State: connection.isHeard() ? 'up' : 'down', Url: upstream.url };
  }

  return async (cinemaCodes, permits) => {
    const at = wallClockAt(now());
    const mine = ({ cinemaCode }: { cinemaCode: string }) => mayOperateFor({ cinemaCodes }, cinemaCode);
    const overdueBy = { deadline: PLATFORM_DEADLINE, at };
    const [
      { date, counts },
      scans,
      terminals,
      whole,
      ofMine,
      standing,
      lateClaims,
      inNeed,
      keysInNeed,
      findings,
      lineNow,
    ] = await Promise.all([
      daySteps(),
      scanSteps(),
      telling(),
      summary(),
      cinemaCodes === 'all' ? null : countUnsent(store, cinemaCodes, overdueBy),
      standstills(),
      countLateClaims(store, cinemaCodes, at),
      terminalNeeds(),
      keyNeeds(),
      openFindings(cinemaCodes),
      line(),
    ]);
    const unsent = ofMine ?? whole;
    const { from, until } = businessDay(date);
    const steps = new Map<string, Step>();
    const stepAt = (beginning: string): Step => {
      const step = steps.get(beginning) ?? { Entries: 0, Quarantined: 0, Refused: {} };
      steps.set(beginning, step);
      return step;
    };
    for (const { step, checked, quarantined } of counts.filter(mine)) {
      const sums = stepAt(step);
      sums.Entries += checked - quarantined;
      sums.Quarantined += quarantined;
    }
    const mayBeMine = ({ cinemaCodes: of }: { cinemaCodes: AccountCinemas }) => isOfOne(of, cinemaCodes);
    // At which cinema a terminal of several refused somebody is not told.
    const ofMyTerminals = ({ cinemaCodes: of }: { cinemaCodes: AccountCinemas }) => isOfNoOther(of, cinemaCodes);
    // Who was admitted is told by the records, which count by cinema.
    for (const { step, verdict, scans: refused } of scans.counts.filter(ofMyTerminals)) {
      // What was read a moment earlier may be of the business date before.
      if (verdict === 'ADMIT' || refused === 0 || step < from) continue;
      const { Refused } = stepAt(step);
      Refused[verdict] = (Refused[verdict] ?? 0) + refused;
    }
    const myTerminals = terminals.filter(ofMyTerminals);
    const accountsOf = (counted: typeof terminals) => counted.reduce((sum, { accounts }) => sum + accounts, 0);
    const inOrder = [...steps].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      BusinessDate: date,
      From: from,
      Until: until,
      Steps: inOrder.map(([at, step]) => ({ At: at, ...step })),
      Entries: inOrder.reduce((sum, [, { Entries }]) => sum + Entries, 0),
      Quarantined: inOrder.reduce((sum, [, { Quarantined }]) => sum + Quarantined, 0),
      Terminals: {
        Accounts: accountsOf(myTerminals),
        Telling: myTerminals.reduce((sum, { telling: told }) => sum + told, 0),
        NotShown: accountsOf(terminals.filter(mayBeMine)) - accountsOf(myTerminals),
      },
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
        terminals: countTerminals(inNeed, cinemaCodes),
        keys: countCinemas(keysInNeed, cinemaCodes),
        findings,
        permits,
      }),
    };
  };
}
