import {
  type CheckRecordTables,
  countUnsent,
  createDaySteps,
  PLATFORM_DEADLINE,
  type RecordStore,
} from '@ticket-check/check-records';
import type { Reporting } from '@ticket-check/check-records/service';
import type { WatchedConnection } from '@ticket-check/exchange';
import { mayOperateFor, type Operator } from '@ticket-check/operators/login';
import { businessDay, wallClockAt } from '@ticket-check/protocol';
import { type Service, sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { KnownTables } from '../claims/known-entries.ts';
import { countLateClaims } from './late-claims.ts';
import { needsOf } from './needs.ts';
import type { Today } from './told.ts';

type CinemaCodes = Operator['cinemaCodes'];

/** Every browser that looks at the day asks for it; what they have in common is looked up once in this time. */
const SHARED_MS = 1000;

/** What has to be known of a day, read on the connection of reports or from what health looks up anyway. */
export function createToday(
  { now }: Pick<Service, 'now'>,
  options: {
    store: Store<CheckRecordTables & KnownTables>;
    recordStore: Pick<RecordStore, 'summary'>;
    connection: Pick<WatchedConnection, 'upstream' | 'isHeard'>;
    reporting: Pick<Reporting, 'standstills' | 'alarmed'>;
  },
): (cinemaCodes: CinemaCodes) => Promise<Today> {
  const { store, recordStore, connection, reporting } = options;
  const daySteps = sharedFor(SHARED_MS, createDaySteps(store, now));
  const standstills = sharedFor(SHARED_MS, reporting.standstills);
  const summary = sharedFor(SHARED_MS, () =>
    recordStore.summary({ deadline: PLATFORM_DEADLINE, at: wallClockAt(now()) }),
  );

  async function line(): Promise<Today['Line']> {
    const upstream = await connection.upstream();
    if (upstream === null) return { State: 'not-set', Url: null };
    return { State: connection.isHeard() ? 'up' : 'down', Url: upstream.url };
  }

  return async (cinemaCodes) => {
    const at = wallClockAt(now());
    const mine = ({ cinemaCode }: { cinemaCode: string }) => mayOperateFor({ cinemaCodes }, cinemaCode);
    const overdueBy = { deadline: PLATFORM_DEADLINE, at };
    const [{ date, counts }, whole, ofMine, standing, lateClaims, lineNow] = await Promise.all([
      daySteps(),
      summary(),
      cinemaCodes === 'all' ? null : countUnsent(store, cinemaCodes, overdueBy),
      standstills(),
      countLateClaims(store, cinemaCodes, at),
      line(),
    ]);
    const unsent = ofMine ?? whole;
    const { from, until } = businessDay(date);
    const steps = new Map<string, { Entries: number; Quarantined: number }>();
    for (const { step, checked, quarantined } of counts.filter(mine)) {
      const known = steps.get(step) ?? { Entries: 0, Quarantined: 0 };
      steps.set(step, {
        Entries: known.Entries + checked - quarantined,
        Quarantined: known.Quarantined + quarantined,
      });
    }
    const inOrder = [...steps].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      BusinessDate: date,
      From: from,
      Until: until,
      Steps: inOrder.map(([step, count]) => ({ At: `${step}0:00`, ...count })),
      Entries: inOrder.reduce((sum, [, { Entries }]) => sum + Entries, 0),
      OnTheWay: {
        Waiting: unsent.waiting,
        Parked: unsent.parked,
        Overdue: unsent.overdue,
        OldestUnsent: unsent.oldestUnsent,
        DeadlineSeconds: PLATFORM_DEADLINE.seconds,
        LastDeliveredAt: whole.lastDeliveredAt,
      },
      Quarantined: unsent.quarantined,
      Line: lineNow,
      Needs: needsOf({
        line: lineNow,
        unsent,
        standstills: standing.filter(mine),
        alarmed: reporting.alarmed().filter(mine),
        lateClaims,
      }),
    };
  };
}
