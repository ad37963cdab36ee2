import { cinemasIn, DataRefused, type JsonRequest, readPart, type SentFile } from '@ticket-check/admin';
import type { Upstream } from '@ticket-check/exchange';
import { type OperationTables, runReading } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Deadline } from '../outbox/deadline.ts';
import { findingJson } from '../reconciliation/finding-json.ts';
import { FINDING_COLUMNS, failureRow, findingRow, RECONCILIATION_TITLE } from '../reconciliation/finding-table.ts';
import { isDifference } from '../reconciliation/judge-pair.ts';
import { type CinemaOutcome, cinemasToReconcile, reconcileCinema } from '../reconciliation/reconcile-cinema.ts';
import type { Row } from '../reports/table.ts';
import { among, dateIn, oneOf } from './asked.ts';
import type { FileToSend } from './file-data.ts';
import type { RecordSource } from './source.ts';
import { streamed } from './streamed.ts';

/** Further findings are only counted: something else is wrong then. */
const MAX_TOLD = 2000;

export type ReconciliationSource = RecordSource & {
  /** The platform above; null if none is set. */
  readonly upstream: () => Promise<Upstream | null>;
  /** By when it is to have a record. */
  readonly deadline: Deadline;
};

/** Progress of a comparison; each line of `/reconciliation.ndjson` is one. */
type Step =
  | { readonly Begun: { readonly BusinessDate: string; readonly At: string; readonly Cinemas: readonly string[] } }
  | { readonly Finding: object }
  | { readonly Cinema: CinemaJson }
  | {
      readonly Done: {
        readonly Cinemas: number;
        readonly Failed: number;
        readonly Differing: number;
        readonly Told: number;
      };
    };

type CinemaJson = { readonly CinemaCode: string } & (
  | { readonly Compared: string; readonly Counts: Readonly<Record<string, number>> }
  | { readonly Failure: string }
);

/**
 * A business date compared with the platform above, as `reconcile` does it: as lines of JSON while it is done, as one answer, and as a
 * file with a row for each record that differs.
 * One at a time for each person; the audit records who asked and the result. Scheme 5.2.5, 5.2.9, 5.3.2.2; reading X7.
 */
export function reconciliation(source: ReconciliationSource, audit: Store<OperationTables>) {
  const { store, now, limits, deadline } = source;
  const underWay = new Set<Promise<void>>();

  async function begin(request: JsonRequest) {
    const date = dateIn(request.query, now);
    const asked = cinemasIn(request);
    const all = readPart(request.query, 'all', oneOf(['0', '1'])) === '1';
    const upstream = await source.upstream();
    if (upstream === null) {
      throw new DataRefused('no-upstream', 'No platform above is set: there is nothing to compare with.', 409);
    }
    const known = typeof asked === 'string' ? [] : await cinemasToReconcile(store, date, await source.cinemas());
    return { date, all, upstream, cinemas: among(asked, known) };
  }

  /** Writes down who compares what, and how it ended. */
  function noted(
    { actor, address: from, byToken }: JsonRequest,
    { date, all, cinemas }: Awaited<ReturnType<typeof begin>>,
    compare: (count: (step: Step) => void) => Promise<void>,
  ): Promise<void> {
    let came: object = {};
    const count = (step: Step) => {
      if ('Done' in step) came = { rows: step.Done.Told, differing: step.Done.Differing, failed: step.Done.Failed };
    };
    const what = { businessDate: date, cinemaCodes: cinemas, all, format: 'json' };
    const operation = { name: 'reconcile', actor, from, what, now, byMachine: byToken };
    const noting = runReading(
      audit,
      operation,
      () => compare(count),
      () => came,
    );
    underWay.add(noting);
    // The caller receives the failure.
    noting.catch(() => {}).finally(() => underWay.delete(noting));
    return noting;
  }

  async function* steps(
    { date, all, upstream, cinemas }: Awaited<ReturnType<typeof begin>>,
    signal: AbortSignal,
  ): AsyncGenerator<Step> {
    let [failed, differing, told] = [0, 0, 0];
    yield { Begun: { BusinessDate: date, At: wallClockAt(now()), Cinemas: cinemas } };
    for (const cinemaCode of cinemas) {
      signal.throwIfAborted();
      const comparing = reconcileCinema({ store, upstream, cinemaCode, date, deadline, now });
      let step = await comparing.next();
      for (; step.done !== true; step = await comparing.next()) {
        signal.throwIfAborted();
        const { finding, compared } = step.value;
        if (isDifference(finding)) differing += 1;
        if ((!all && !isDifference(finding)) || told === MAX_TOLD) continue;
        told += 1;
        yield { Finding: findingJson(finding, compared) };
      }
      if ('failure' in step.value) failed += 1;
      yield { Cinema: cinemaJson(cinemaCode, step.value) };
    }
    yield { Done: { Cinemas: cinemas.length, Failed: failed, Differing: differing, Told: told } };
  }

  return {
    /** Resolves when none is under way but as a file: what became of each is in the audit. */
    ended: () => Promise.allSettled(underWay),

    /** `GET /reconciliation.json`. */
    answer: (request: JsonRequest): Promise<object> =>
      limits.runLong(request.actor, async () => {
        const begun = await begin(request);
        const findings: object[] = [];
        const cinemas: CinemaJson[] = [];
        let ends = {};
        await noted(request, begun, async (count) => {
          for await (const step of steps(begun, request.signal)) {
            count(step);
            if ('Begun' in step) ends = { BusinessDate: step.Begun.BusinessDate, At: step.Begun.At };
            else if ('Finding' in step) findings.push(step.Finding);
            else if ('Cinema' in step) cinemas.push(step.Cinema);
            else ends = { ...ends, Differing: step.Done.Differing, Failed: step.Done.Failed };
          }
        });
        return { ...ends, Findings: findings, Cinemas: cinemas };
      }),

    /** `GET /reconciliation.csv` and `.xlsx`. */
    async file(request: JsonRequest): Promise<FileToSend> {
      const { date, all, upstream, cinemas } = await begin(request);
      async function* rows(): AsyncGenerator<Row> {
        for (const cinemaCode of cinemas) {
          const comparing = reconcileCinema({ store, upstream, cinemaCode, date, deadline, now });
          let step = await comparing.next();
          for (; step.done !== true; step = await comparing.next()) {
            request.signal.throwIfAborted();
            const { finding } = step.value;
            if (all || isDifference(finding)) yield findingRow(finding, request.language);
          }
          if ('failure' in step.value) yield failureRow(cinemaCode, step.value.failure);
        }
      }
      return {
        name: 'reconcile',
        what: { businessDate: date, cinemaCodes: cinemas, all },
        table: { title: RECONCILIATION_TITLE, columns: FINDING_COLUMNS, rows: rows() },
        fileName: `reconciliation-${date}`,
      };
    },

    /** `GET /reconciliation.ndjson`. */
    async stream(request: JsonRequest): Promise<SentFile> {
      const sent = Promise.withResolvers<SentFile>();
      const work: Promise<void> = limits.runLong(request.actor, async () => {
        const begun = await begin(request);
        await noted(request, begun, async (count) => {
          const make = () => linesOf(steps(begun, request.signal), count);
          const { body, ended } = streamed(make, request.signal, () => work);
          sent.resolve({ type: 'application/x-ndjson; charset=utf-8', name: null, body });
          await ended;
        });
      });
      // What fails once lines were sent breaks off the answer by itself.
      work.catch(sent.reject);
      return sent.promise;
    },
  };
}

async function* linesOf(steps: AsyncIterable<Step>, count: (step: Step) => void): AsyncGenerator<string> {
  for await (const step of steps) {
    count(step);
    yield `${JSON.stringify(step)}\n`;
  }
}

function cinemaJson(cinemaCode: string, outcome: CinemaOutcome): CinemaJson {
  if ('failure' in outcome) return { CinemaCode: cinemaCode, Failure: outcome.failure };
  return { CinemaCode: cinemaCode, Compared: outcome.compared, Counts: Object.fromEntries(outcome.counts) };
}
