import { completenessOf, DEMANDED_PERCENT, isTooIncomplete } from '@ticket-check/check-records';
import {
  addDays,
  type BusinessDate,
  businessDate,
  businessDay,
  type CinemaCode,
  parseWholeDay,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, createConcurrencyLimit } from '@ticket-check/runtime';
import {
  type AskedList,
  cinemaIn,
  DataRefused,
  type JsonRequest,
  type PageSet,
  pathWith,
  readPart,
} from '@ticket-check/web-kit';
import { findingJson } from './finding-json.ts';
import { loadPlatformDays, reachedOf, reachedTogether, type ToldStore } from './platform-days.ts';
import { reconcileTold } from './reconcile-told.ts';

const PATH = '/completeness';
const ROWS_A_PART = 50;
/** A day's records are counted for each answer. */
const UNDER_WAY = { perOwner: 2, inAll: 4 };
/** More findings than that are counted and not told: something else is wrong then. */
const MAX_FINDINGS = 500;
/** What is counted for it is counted again seldom, however many look. */
const LIVE_EVERY_MS = 30_000;

/** What reached this platform of what was admitted, for each cinema and platform of a business date; and where the two differ. */
export function completenessPages(store: ToldStore, now: Clock): PageSet {
  const underWay = createConcurrencyLimit(UNDER_WAY);
  const permission = 'records.read';

  const yesterday = () => addDays(businessDate(wallClockAt(now())), -1);

  /** By default of the last business date that is over: of the one that goes on, much is on its way. */
  const dateIn = ({ query }: AskedList): BusinessDate => readPart(query, 'businessDate', parseWholeDay) ?? yesterday();

  async function daysOf(asked: AskedList, date: BusinessDate, signal?: AbortSignal) {
    const cinema = cinemaIn(asked);
    const cinemas = cinema ?? (asked.cinemaCodes === 'all' ? undefined : (asked.cinemaCodes as readonly CinemaCode[]));
    const platform = asked.query.get('platform')?.trim() ?? '';
    const days = await loadPlatformDays(store, { date, cinemas, ...(signal && { signal }) }, now);
    return platform === '' ? days : days.filter((day) => day.platform === platform);
  }

  async function list(asked: AskedList, signal?: AbortSignal): Promise<object> {
    const date = dateIn(asked);
    const isOver = wallClockAt(now()) >= businessDay(date).until;
    const days = (await daysOf(asked, date, signal)).map((day) => ({ ...day, reached: reachedOf(day) }));
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
        // Null: not told.
        Admitted: day.reached?.entries ?? null,
        Missing: day.reached === null ? null : day.reached.entries - day.reached.delivered,
        Completeness: day.reached === null ? null : completenessOf(day.reached),
        Alarm: alarmOf(day),
        CountedAt: day.told?.countedAt ?? null,
        ToldAt: day.told?.toldAt ?? null,
        Compared: day.told?.isCompared ?? false,
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

  /** What `reconcile` finds. */
  async function reconciliation(request: JsonRequest): Promise<object> {
    const date = dateIn(request);
    const findings: object[] = [];
    const cinemas: object[] = [];
    let [differing, failed, left] = [0, 0, 0];
    for (const day of await daysOf(request, date, request.signal)) {
      request.signal.throwIfAborted();
      const steps = reconcileTold(store, date, day, now);
      let step = await steps.next();
      for (; step.done !== true; step = await steps.next()) {
        if (findings.length < MAX_FINDINGS || step.value.kind === 'more-differences')
          findings.push(findingJson(step.value, { date, ...day }));
        else left += 1;
      }
      const outcome = step.value;
      if ('failure' in outcome) failed += 1;
      else differing += outcome.differing;
      cinemas.push({
        CinemaCode: day.cinemaCode,
        Platform: day.platform,
        ...('failure' in outcome
          ? { Failure: outcome.failure, Reason: outcome.reason }
          : { Compared: 'told', Differing: outcome.differing }),
      });
    }
    return {
      BusinessDate: date,
      Differing: differing,
      Failed: failed,
      Findings: findings,
      LeftOut: left,
      Cinemas: cinemas,
    };
  }

  const bounded =
    (answer: (request: JsonRequest) => Promise<object>) =>
    (request: JsonRequest): Promise<object> => {
      const answered = underWay.run(request.actor, () => answer(request));
      if (answered === null) throw new DataRefused('busy', 'Too many questions are under way; ask again later.', 429);
      return answered;
    };

  return {
    name: 'completeness',
    screens: [{ path: PATH, permission, label: { zh: '送达率', en: 'Completeness' } }],
    json: [
      { path: `${PATH}.json`, permission, handler: bounded((request) => list(request, request.signal)) },
      { path: '/reconciliation.json', permission, handler: bounded(reconciliation) },
    ],
    live: [
      {
        name: 'completeness',
        permission,
        everyMs: LIVE_EVERY_MS,
        async read(cinemaCodes, query, signal) {
          const asked = { cinemaCodes, query };
          // Of earlier ones next to nothing arrives any more.
          if (dateIn(asked) < yesterday()) {
            throw new DataRefused('not-live', `The business date ${dateIn(asked)} is not told live: ask for the JSON.`);
          }
          return list(asked, signal);
        },
      },
    ],
  };
}
