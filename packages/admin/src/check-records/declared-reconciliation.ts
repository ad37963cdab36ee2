import {
  type CinemaOutcome,
  cinemasToReconcile,
  countArrived,
  countsOf,
  type Deadline,
  FINDING_COLUMNS,
  findingJson,
  isDifference,
  reconcileCinema,
  totalsOf,
} from '@ticket-check/check-records';
import type { Upstream } from '@ticket-check/exchange';
import type { OperationTables } from '@ticket-check/operators';
import { type BusinessDate, type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { type AskedRows, cinemaFilter, dateFilter, list, says, untilFilter } from '../declared/list.ts';
import { DataRefused } from '../sent-texts.ts';
import { datesToCompare, type ReportSource } from './report-source.ts';
import {
  type ComparedBesides,
  DIFFERENCE_ROW,
  type DifferenceRow,
  RECONCILED_ROW,
  type ReconciledRow,
} from './rows.ts';

/** Further findings are only counted: something else is wrong then. */
const MAX_LISTED = 2000;

export type ReconciliationSource = Pick<ReportSource, 'store' | 'now' | 'cinemas'> & {
  readonly upstream: () => Promise<Upstream | null>;
  readonly deadline: Deadline;
  readonly heard?: (outcome: CinemaOutcome) => void;
};

const FILTERS = {
  businessDate: dateFilter,
  until: untilFilter,
  cinema: cinemaFilter,
  all: z
    .enum(['0', '1'])
    .default('0')
    .meta(says('1：包括正在报送和已在上级平台补全的记录', '1: also what is on its way or was completed upstream')),
};

type Outcome = CinemaOutcome & { readonly businessDate: BusinessDate };

/** Compares dates and cinemas one after another; all that are served or have records where none is named. @throws DataRefused */
async function compare(
  { store, now, deadline, heard, ...source }: ReconciliationSource,
  { signal, ...asked }: AskedRows<typeof FILTERS>,
): Promise<AsyncIterable<Outcome>> {
  const { cinemas } = asked;
  const dates = await datesToCompare({ ...source, now }, asked);
  const upstream = await source.upstream();
  if (upstream === null) {
    throw new DataRefused('no-upstream', 'No platform above is set: there is nothing to compare with.', 409);
  }
  const isOne = cinemas !== 'all' && cinemas.length === 1;
  const failed = new Map<CinemaCode, CinemaOutcome>();
  return (async function* () {
    for (const businessDate of dates) {
      const known = isOne ? cinemas : await cinemasToReconcile(store, businessDate, await source.cinemas());
      for (const cinemaCode of cinemas === 'all' ? known : known.filter((code) => cinemas.includes(code))) {
        signal?.throwIfAborted();
        const at = wallClockAt(now());
        const day = { store, cinemaCode, businessDate, deadline, at, signal };
        // What does not answer is waited for once, not on each date.
        const outcome = failed.get(cinemaCode) ?? (await reconcileCinema(upstream, day));
        if ('failure' in outcome) failed.set(cinemaCode, outcome);
        heard?.(outcome);
        yield { businessDate, ...outcome };
      }
    }
  })();
}

const rowsOf = (outcome: CinemaOutcome, { all }: { readonly all: '0' | '1' }): DifferenceRow[] =>
  'failure' in outcome
    ? []
    : outcome.findings
        .filter((finding) => all === '1' || isDifference(finding))
        .map((finding) => findingJson(finding, outcome.compared) as DifferenceRow);

/**
 * Business dates compared with the platform above, as `reconcile` does it; as a file with a row for each record that differs.
 * The audit has who asked, and the result. Scheme 5.2.5, 5.2.9, 5.3.2.2; reading X7.
 */
export const reconciliation = list({
  name: 'reconciliation',
  rowsName: 'Findings',
  title: { zh: '对账', en: 'Reconciliation' },
  permission: 'records.read',
  filters: FILTERS,
  row: DIFFERENCE_ROW,
  rowsAPage: MAX_LISTED,
  live: 'none',
  audit: { name: 'reconcile', what: ({ all, ...rest }) => ({ ...rest, all: all === '1' }) },
  takesLong: true,
  async find(source: ReconciliationSource, { limit, ...asked }) {
    const At = wallClockAt(source.now());
    const begun = performance.now();
    const outcomes: Outcome[] = [];
    for await (const outcome of await compare(source, asked)) outcomes.push(outcome);
    const { failed, differing } = totalsOf(outcomes);
    let Records = 0;
    for (const [date, ofDate] of Map.groupBy(outcomes, ({ businessDate }) => businessDate)) {
      const cinemas = ofDate.map(({ cinemaCode }) => cinemaCode);
      for (const { checked } of await countArrived(source.store, { date, cinemas })) Records += checked;
    }
    return {
      rows: outcomes.flatMap((outcome) => rowsOf(outcome, asked.filters)).slice(0, limit),
      besides: {
        ...{ At, TookMs: Math.round(performance.now() - begun), Records, Differing: differing, Failed: failed },
        Cinemas: outcomes.map(cinemaJson),
      } satisfies ComparedBesides,
      found: { records: Records, differing, failed },
    };
  },
  file: {
    columns: () => FINDING_COLUMNS,
    async rows(source, asked) {
      const outcomes = await compare(source, asked);
      return (async function* () {
        for await (const outcome of outcomes) {
          const { cinemaCode: CinemaCode, businessDate: BusinessDate } = outcome;
          if ('failure' in outcome) yield { Kind: 'not-compared', BusinessDate, CinemaCode, Advice: outcome.failure };
          else yield* rowsOf(outcome, asked.filters);
        }
      })();
    },
  },
});

function cinemaJson({ businessDate: BusinessDate, cinemaCode: CinemaCode, ...outcome }: Outcome) {
  if ('failure' in outcome) return { BusinessDate, CinemaCode, Failure: outcome.failure };
  const Counts = Object.fromEntries(countsOf(outcome.findings));
  return { BusinessDate, CinemaCode, Compared: outcome.compared, Counts };
}

/** Those of before are in the audit. */
const REMEMBERED_DAYS = 92;
const LAST = 10;
/** Comparisons of the audit among which those of an operator's cinemas are looked for. */
const LOOKED_THROUGH = 500;

/** What the last comparisons found, of those that were about the operator's cinemas; the audit has them. */
export const lastReconciliations = list({
  name: 'reconciliation/last',
  rowsName: 'Reconciled',
  title: { zh: '最近对账', en: 'Last comparisons' },
  permission: 'records.read',
  filters: {},
  row: RECONCILED_ROW,
  rowsAPage: LAST,
  live: 'none',
  async find({ reports, now }: Pick<Store<OperationTables>, 'reports'> & { now: Clock }, { cinemas, limit }) {
    const since = wallClockAt(now() - REMEMBERED_DAYS * 86_400_000);
    const kept = await reports
      .selectFrom('operation as ended')
      .innerJoin('operation as begun', 'begun.id', 'ended.of')
      .select(['begun.beganAt as begunAt', 'ended.endedAt', 'begun.what as asked', 'ended.what as came'])
      .where('ended.name', '=', 'reconcile')
      .where('ended.failed', '=', 0)
      .where('ended.beganAt', '>=', since)
      .orderBy('ended.beganAt', 'desc')
      .orderBy('ended.id', 'desc')
      .limit(LOOKED_THROUGH)
      .execute();
    const rows = kept.flatMap(({ begunAt, endedAt, ...kept }): ReconciledRow[] => {
      const [asked, came] = [JSON.parse(kept.asked), JSON.parse(kept.came)];
      const codes: 'all' | CinemaCode[] = asked.cinemaCodes;
      const isShown = cinemas === 'all' || (codes !== 'all' && codes.every((code) => cinemas.includes(code)));
      // A file keeps no result.
      if (!isShown || typeof came.differing !== 'number') return [];
      return [
        {
          BeganAt: begunAt,
          EndedAt: endedAt ?? begunAt,
          BusinessDate: String(asked.businessDate),
          LastBusinessDate: asked.until,
          CinemaCodes: codes === 'all' ? ['*'] : codes,
          Records: came.records ?? null,
          Differing: came.differing,
          Failed: Number(came.failed),
        },
      ];
    });
    return { rows: rows.slice(0, limit) };
  },
});
