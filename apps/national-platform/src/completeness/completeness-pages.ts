import {
  type AskedList,
  cinemaIn,
  cinemasIn,
  type JsonRequest,
  type PageSet,
  pathWith,
  readPart,
  runBounded,
} from '@ticket-check/admin';
import { completenessOf, DEMANDED_PERCENT, isTooIncomplete } from '@ticket-check/check-records';
import { noteReading, type OperationTables } from '@ticket-check/operators';
import { type BusinessDate, businessDay, parseWholeDay, wallClockAt } from '@ticket-check/protocol';
import { type Clock, createConcurrencyLimit } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import {
  type CompletenessStore,
  compareHours,
  differencesJson,
  lastDateOver,
  loadPlatformDays,
  type PlatformDay,
  reachedOf,
  reachedTogether,
} from './platform-days.ts';

const PATH = '/completeness';
const ROWS_A_PART = 50;
/** Each answer counts a day's records. */
const UNDER_WAY = { perOwner: 2, inAll: 4 };
/** The most differing hours in one answer. */
const MAX_FINDINGS = 1000;

/** Completeness of a business date by cinema and platform, and the hours that differ. */
export function completenessPages(store: CompletenessStore & Store<OperationTables>, now: Clock): PageSet {
  const underWay = createConcurrencyLimit(UNDER_WAY);
  const permission = 'records.read';

  async function list(asked: AskedList, signal?: AbortSignal): Promise<object> {
    const date = dateIn(asked, now);
    const isOver = wallClockAt(now()) >= businessDay(date).until;
    const days = (await askedDays(store, asked, now, signal)).map((day) => ({ ...day, reached: reachedOf(day) }));
    const alarmOf = ({ reached }: { reached: ReturnType<typeof reachedOf> }) =>
      isOver && reached !== null && isTooIncomplete(reached);
    const sum = reachedTogether(days).told;
    const rank = (day: (typeof days)[number]) => (alarmOf(day) ? 0 : day.reached === null ? 1 : 2);
    const placeOf = (day: (typeof days)[number]) => `${rank(day)} ${day.cinemaCode} ${day.platform}`;
    const after = asked.query.get('after') ?? '';
    const rest = days.map((day) => [placeOf(day), day] as const).sort(([a], [b]) => (a < b ? -1 : 1));
    const found = rest.filter(([place]) => place > after).slice(0, ROWS_A_PART + 1);
    const shown = found.slice(0, ROWS_A_PART);
    return {
      BusinessDate: date,
      IsOver: isOver,
      DemandedPercent: DEMANDED_PERCENT,
      Total: {
        Admitted: sum?.entries ?? 0,
        Reached: sum?.delivered ?? 0,
        Completeness: sum === null ? null : completenessOf(sum),
        Alarms: days.filter(alarmOf).length,
        NotTold: days.filter(({ reached }) => reached === null).length,
      },
      Days: shown.map(([, day]) => ({
        CinemaCode: day.cinemaCode,
        Platform: day.platform,
        Here: day.checked,
        Quarantined: day.quarantined,
        // Null: not reported.
        Admitted: day.reached?.entries ?? null,
        Missing: day.reached === null ? null : day.reached.entries - day.reached.delivered,
        // Not sent by the platform yet, or refused here.
        Unsent: day.reached === null || day.told === null ? null : day.told.entries - day.told.delivered,
        Completeness: day.reached === null ? null : completenessOf(day.reached),
        Alarm: alarmOf(day),
        CountedAt: day.told?.countedAt ?? null,
      })),
      Next:
        found.length <= ROWS_A_PART
          ? null
          : pathWith(`${PATH}.json`, {
              ...Object.fromEntries(asked.query),
              businessDate: date,
              after: shown.at(-1)?.[0] ?? '',
            }),
    };
  }

  /** `GET /reconciliation.json`: the hours that differ. */
  async function differences(request: JsonRequest): Promise<object> {
    const { actor, address: from, byToken: byMachine, query, signal } = request;
    const date = dateIn(request, now);
    const what = { businessDate: date, cinemaCode: cinemaIn(request), platform: query.get('platform') ?? undefined };
    const reading = { name: 'reconcile', actor, from, what: { ...what, format: 'json' }, now, byMachine };
    await noteReading(store, reading, { isPart: false });
    const findings: object[] = [];
    const cinemas: object[] = [];
    for (const day of await askedDays(store, request, now, signal)) {
      if (findings.length >= MAX_FINDINGS) break;
      const compared = await compareHours(store, date, day, now, signal);
      if ('hours' in compared) findings.push(...differencesJson(compared, date, day));
      cinemas.push({
        CinemaCode: day.cinemaCode,
        Platform: day.platform,
        ...('reason' in compared
          ? { Reason: compared.reason }
          : { ComparedAt: compared.comparedAt, Hours: compared.hours.length }),
      });
    }
    return { BusinessDate: date, Findings: findings, Cinemas: cinemas, More: findings.length >= MAX_FINDINGS };
  }

  const bounded = (answer: (request: JsonRequest) => Promise<object>) => (request: JsonRequest) =>
    runBounded(underWay, request.actor, () => answer(request));

  return {
    name: 'completeness',
    screens: [{ path: PATH, permission, label: { zh: '送达率', en: 'Completeness' } }],
    json: [
      { path: `${PATH}.json`, permission, handler: bounded((request) => list(request, request.signal)) },
      { path: '/reconciliation.json', permission, handler: bounded(differences) },
    ],
  };
}

/** Reads the requested business date; by default the last one that is over, since records of today are still on their way. */
const dateIn = ({ query }: AskedList, now: Clock): BusinessDate =>
  readPart(query, 'businessDate', parseWholeDay) ?? lastDateOver(now);

/** Loads the requested cinemas and platforms of that date that the operator may see. */
async function askedDays(
  store: CompletenessStore,
  asked: AskedList,
  now: Clock,
  signal?: AbortSignal,
): Promise<PlatformDay[]> {
  const platform = asked.query.get('platform')?.trim() ?? '';
  const date = dateIn(asked, now);
  const days = await loadPlatformDays(store, { date, cinemas: cinemasIn(asked), ...(signal && { signal }) }, now);
  return platform === '' ? days : days.filter((day) => day.platform === platform);
}
