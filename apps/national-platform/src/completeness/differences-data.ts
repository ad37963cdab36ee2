import type { FileToSend, Row } from '@ticket-check/check-records';
import type { Clock } from '@ticket-check/runtime';
import { type JsonRequest, pathWith, readPlace } from '@ticket-check/web-kit';
import { z } from 'zod';
import { askedDays, dateIn } from './asked-days.ts';
import { adviceJson, findingJson } from './finding-json.ts';
import { FINDING_COLUMNS, FINDINGS_TITLE, findingRow, notComparedRow } from './finding-table.ts';
import type { PlatformDay, ToldStore } from './platform-days.ts';
import { type ComparedTold, compareTold, type NotCompared, toldFindings } from './reconcile-told.ts';

const FINDINGS_A_PART = 100;

/** Where a finding stands: of which cinema and platform, and among theirs. */
const PLACE = z.object({
  day: z.string(),
  hour: z.string(),
  checkTime: z.string(),
  place: z.int().min(0),
});
type Place = z.infer<typeof PLACE>;

/** What `reconcile` finds, as parts of a list and as a file. */
export function differencesData(store: ToldStore, now: Clock) {
  async function* comparedDays(request: JsonRequest) {
    const date = dateIn(request, now);
    for (const day of await askedDays(store, request, now, request.signal)) {
      request.signal.throwIfAborted();
      yield { date, day, outcome: await compareTold(store, date, day, now, request.signal) };
    }
  }

  return {
    /** `GET /reconciliation.json`. */
    async answer(request: JsonRequest): Promise<object> {
      const after = readPlace(request.query, PLACE);
      const findings: object[] = [];
      const cinemas: object[] = [];
      let [differing, failed] = [0, 0];
      let next: string | null = null;
      let last: Place | null = null;
      for await (const { day, outcome } of comparedDays(request)) {
        cinemas.push(cinemaJson(day, outcome));
        if ('failure' in outcome) {
          failed += 1;
          continue;
        }
        differing += outcome.differing;
        if (next !== null || (after !== null && keyOf(day) < after.day)) continue;
        for await (const { finding, place } of toldFindings(
          store,
          outcome,
          after?.day === keyOf(day) ? after : undefined,
        )) {
          if (findings.length === FINDINGS_A_PART) {
            next = JSON.stringify(last);
            break;
          }
          findings.push(findingJson(finding, day));
          last = { day: keyOf(day), ...place };
        }
      }
      return {
        BusinessDate: dateIn(request, now),
        Differing: differing,
        Failed: failed,
        Findings: findings,
        Cinemas: cinemas,
        Next:
          next === null
            ? null
            : pathWith('/reconciliation.json', { ...Object.fromEntries(request.query), after: next }),
      };
    },

    /** `GET /reconciliation.csv` and `.xlsx`. */
    async file(request: JsonRequest): Promise<FileToSend> {
      const date = dateIn(request, now);
      async function* rows(): AsyncGenerator<Row> {
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
      const { cinema, platform } = Object.fromEntries(request.query);
      return {
        name: 'reconcile',
        what: { businessDate: date, cinemaCode: cinema, platform },
        table: { title: FINDINGS_TITLE, columns: FINDING_COLUMNS, rows: rows() },
        fileName: `reconciliation-${date}`,
      };
    },
  };
}

const keyOf = ({ cinemaCode, platform }: PlatformDay) => `${cinemaCode} ${platform}`;

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
