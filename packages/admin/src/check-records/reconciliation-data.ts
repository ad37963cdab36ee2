import {
  type CinemaOutcome,
  type Compared,
  cinemasToReconcile,
  countsOf,
  type Deadline,
  FINDING_COLUMNS,
  type Finding,
  failureRow,
  findingJson,
  findingRow,
  isDifference,
  RECONCILIATION_TITLE,
  type Row,
  reconcileCinema,
  totalsOf,
} from '@ticket-check/check-records';
import type { Upstream } from '@ticket-check/exchange';
import { type OperationTables, runReading } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { among, cinemasIn, dateIn, oneOf, readPart } from '../asked.ts';
import type { JsonRequest } from '../page.ts';
import { DataRefused } from '../sent-texts.ts';
import type { FileToSend } from './file-data.ts';
import type { RecordSource } from './source.ts';

/** Further findings are only counted: something else is wrong then. */
const MAX_LISTED = 2000;

export type ReconciliationSource = RecordSource & {
  readonly upstream: () => Promise<Upstream | null>;
  readonly deadline: Deadline;
};

/**
 * A business date compared with the platform above, as `reconcile` does it: as one answer, and as a file with a row for each record
 * that differs. One at a time for each person; the audit records who asked and the result. Scheme 5.2.5, 5.2.9, 5.3.2.2; reading X7.
 */
export function reconciliation(source: ReconciliationSource, audit: Store<OperationTables>) {
  const { store, now, limits, deadline } = source;

  async function begin(request: JsonRequest) {
    const date = dateIn(request.query, now);
    const asked = cinemasIn(request);
    const all = readPart(request.query, 'all', oneOf(['0', '1'])) === '1';
    const upstream = await source.upstream();
    if (upstream === null) {
      throw new DataRefused('no-upstream', 'No platform above is set: there is nothing to compare with.', 409);
    }
    const known = typeof asked === 'string' ? [] : await cinemasToReconcile(store, date, await source.cinemas());
    const cinemas = among(asked, known);
    async function* outcomes(): AsyncGenerator<CinemaOutcome> {
      const { signal } = request;
      for (const cinemaCode of cinemas) {
        signal.throwIfAborted();
        const day = { store, cinemaCode, businessDate: date, deadline, at: wallClockAt(now()), signal };
        yield await reconcileCinema(upstream as Upstream, day);
      }
    }
    return { date, all, what: { businessDate: date, cinemaCodes: cinemas, all }, outcomes: outcomes() };
  }

  const listed = <T>(outcome: CinemaOutcome, all: boolean, as: (finding: Finding, compared: Compared) => T): T[] =>
    'failure' in outcome
      ? []
      : outcome.findings
          .filter((finding) => all || isDifference(finding))
          .map((finding) => as(finding, outcome.compared));

  return {
    /** `GET /reconciliation.json`. */
    answer: (request: JsonRequest): Promise<object> =>
      limits.runLong(request.actor, async () => {
        const { actor, address: from, byToken: byMachine } = request;
        const { date, all, what, outcomes } = await begin(request);
        const At = wallClockAt(now());
        return runReading(
          audit,
          { name: 'reconcile', actor, from, what: { ...what, format: 'json' }, now, byMachine },
          async () => {
            const found: CinemaOutcome[] = [];
            for await (const outcome of outcomes) found.push(outcome);
            const { failed, differing } = totalsOf(found);
            const findings = found.flatMap((outcome) => listed(outcome, all, findingJson));
            return {
              BusinessDate: date,
              At,
              Differing: differing,
              Failed: failed,
              Findings: findings.slice(0, MAX_LISTED),
              Cinemas: found.map(cinemaJson),
            };
          },
          ({ Findings, Differing, Failed }) => ({ rows: Findings.length, differing: Differing, failed: Failed }),
        );
      }),

    /** `GET /reconciliation.csv` and `.xlsx`. */
    async file(request: JsonRequest): Promise<FileToSend> {
      const { date, all, what, outcomes } = await begin(request);
      async function* rows(): AsyncGenerator<Row> {
        for await (const outcome of outcomes) {
          if ('failure' in outcome) yield failureRow(outcome.cinemaCode, outcome.failure);
          else yield* listed(outcome, all, (finding) => findingRow(finding, outcome.compared, request.language));
        }
      }
      return {
        name: 'reconcile',
        what,
        table: { title: RECONCILIATION_TITLE, columns: FINDING_COLUMNS, rows: rows() },
        fileName: `reconciliation-${date}`,
      };
    },
  };
}

function cinemaJson(outcome: CinemaOutcome) {
  const { cinemaCode: CinemaCode } = outcome;
  if ('failure' in outcome) return { CinemaCode, Failure: outcome.failure };
  return { CinemaCode, Compared: outcome.compared, Counts: Object.fromEntries(countsOf(outcome.findings)) };
}
