import type { FileToSend, Row } from '@ticket-check/check-records';
import { noteReading, type OperationTables } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { cinemaIn, DataRefused, type JsonRequest, pathWith, readPlace } from '@ticket-check/web-kit';
import { z } from 'zod';
import { askedDays, dateIn } from './asked-days.ts';
import { adviceJson, findingJson } from './finding-json.ts';
import { FINDING_COLUMNS, FINDINGS_TITLE, findingRow, notComparedRow } from './finding-table.ts';
import { keyOf, type PlatformDay, type ToldStore } from './platform-days.ts';
import {
  assertStands,
  ComparedAnew,
  type ComparedTold,
  compareTold,
  type FindingPlace,
  type NotCompared,
  type ToldFinding,
  toldFindings,
} from './reconcile-told.ts';

const FINDINGS_A_PART = 100;

/** Where a finding stands: of which cinema and platform, in which of their comparisons, and among what that names. */
const PLACE = z.object({
  day: z.string(),
  comparedAt: z.string(),
  hour: z.string(),
  checkTime: z.string(),
  place: z.int().min(0),
});
type Place = z.infer<typeof PLACE>;

/** What `reconcile` finds, as parts of a list and as a file. */
export function differencesData(store: ToldStore, audit: Store<OperationTables>, now: Clock) {
  /** The search, under the name and in the form in which it stands in the audit. */
  function searchOf(request: JsonRequest) {
    const platform = request.query.get('platform')?.trim() || undefined;
    return { name: 'reconcile', what: { businessDate: dateIn(request, now), cinemaCode: cinemaIn(request), platform } };
  }

  /** @param from passes over what is before that cinema and platform, uncompared */
  async function* comparedDays(request: JsonRequest, from = '') {
    const date = dateIn(request, now);
    for (const day of await askedDays(store, request, now, request.signal)) {
      request.signal.throwIfAborted();
      if (keyOf(day) < from) continue;
      yield { date, day, outcome: await compareTold(store, date, day, now, request.signal) };
    }
  }

  /** Findings up to the end of a part of the list; `isWhole` where there are no more of them. */
  async function readFindings(outcome: ComparedTold, most: number, after: FindingPlace | null) {
    const found: Found[] = [];
    for await (const one of toldFindings(store, outcome, after ?? undefined)) {
      if (found.length === most) {
        await assertStands(store, outcome.comparison);
        return { found, isWhole: false };
      }
      found.push(one);
    }
    return { found, isWhole: true };
  }

  /** The totals are of all that is asked for, so that the first part alone has them: the others compare no more than they show. */
  async function list(request: JsonRequest): Promise<object> {
    const after = readPlace(request.query, PLACE);
    const findings: object[] = [];
    const cinemas: object[] = [];
    let [differing, failed] = [0, 0];
    let [last, begun, isWhole] = [after, after, true];
    for await (const { date, day, outcome } of comparedDays(request, after?.day)) {
      cinemas.push(cinemaJson(day, outcome));
      if (begun !== null && !isGoneOnWith(day, outcome, begun)) throw new ComparedAnew(date);
      if ('failure' in outcome) {
        failed += 1;
        continue;
      }
      differing += outcome.differing;
      if (isWhole) {
        const part = await readFindings(outcome, FINDINGS_A_PART - findings.length, begun);
        begun = null;
        isWhole = part.isWhole;
        for (const { finding, place } of part.found) {
          findings.push(findingJson(finding, day));
          last = { day: keyOf(day), comparedAt: outcome.comparison.countedAt, ...place };
        }
      }
      if (!isWhole && after !== null) break;
    }
    if (begun !== null) throw new ComparedAnew(dateIn(request, now));
    return {
      BusinessDate: dateIn(request, now),
      ...(after === null && { Differing: differing, Failed: failed }),
      Findings: findings,
      ...(after === null && { Cinemas: cinemas }),
      Next: isWhole
        ? null
        : pathWith('/reconciliation.json', { ...Object.fromEntries(request.query), after: JSON.stringify(last) }),
    };
  }

  return {
    /** `GET /reconciliation.json`. */
    async answer(request: JsonRequest): Promise<object> {
      const { actor, address: from, byToken, query } = request;
      const isPart = query.has('after');
      // A person pages through what the first part began; a script may begin anywhere.
      if (byToken || !isPart) {
        const { name, what } = searchOf(request);
        await noteReading(audit, { name, actor, from, what: { ...what, format: 'json' }, now }, { isPart });
      }
      return list(request).catch(refuse);
    },

    /** `GET /reconciliation.csv` and `.xlsx`. */
    async file(request: JsonRequest): Promise<FileToSend> {
      const search = searchOf(request);
      const date = search.what.businessDate;
      async function* differing(): AsyncGenerator<Row> {
        for await (const { day, outcome } of comparedDays(request)) {
          const place = { ...day, date };
          if ('failure' in outcome) {
            yield notComparedRow(outcome, place, request.language);
            continue;
          }
          for await (const { finding } of toldFindings(store, outcome)) {
            request.signal.throwIfAborted();
            yield findingRow(finding, place, request.language);
          }
        }
      }
      async function* rows(): AsyncGenerator<Row> {
        try {
          yield* differing();
        } catch (error) {
          refuse(error);
        }
      }
      return {
        ...search,
        table: { title: FINDINGS_TITLE, columns: FINDING_COLUMNS, rows: rows() },
        fileName: `reconciliation-${date}`,
      };
    },
  };
}

/** Whether the first cinema and platform of a part is that with which the part before ended, in the same comparison. */
function isGoneOnWith(day: PlatformDay, outcome: ComparedTold | NotCompared, { day: key, comparedAt }: Place): boolean {
  return keyOf(day) === key && 'comparison' in outcome && outcome.comparison.countedAt === comparedAt;
}

type Found = { readonly finding: ToldFinding; readonly place: FindingPlace };

function refuse(error: unknown): never {
  throw error instanceof ComparedAnew ? new DataRefused('compared-anew', error.message, 409) : error;
}

function cinemaJson({ cinemaCode, platform }: PlatformDay, outcome: ComparedTold | NotCompared): object {
  const ends = { CinemaCode: cinemaCode, Platform: platform };
  if ('failure' in outcome) return { ...ends, Failure: outcome.failure, Reason: outcome.reason };
  return {
    ...ends,
    Compared: 'told',
    ComparedAt: outcome.comparison.countedAt,
    Differing: outcome.differing,
    Hours: outcome.hours.length,
    // What to do about each kind, and how many there are of it.
    Kinds: [...outcome.kinds].map(([kind, count]) => ({ Kind: kind, Records: count, ...adviceJson(kind) })),
  };
}
