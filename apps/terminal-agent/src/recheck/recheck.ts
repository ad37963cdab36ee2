import type { CheckRecordTables, Complete } from '@ticket-check/check-records';
import { addSeconds, RECORD_ID_EXTENSION, type RecordId, type Verdict, type WallClock } from '@ticket-check/protocol';
import { Counter, type Logger, measuredGauge, type Recurring, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import pMap from 'p-map';
import { type AdmissionPolicy, judgeEntry } from '../admission/rules.ts';
import { completionOf } from '../check-records/make-record.ts';
import type { TerminalSettings } from '../config.ts';
import type { ScanTables } from '../journal/scan-tables.ts';
import type { AskUpstream } from '../upstream/ask-upstream.ts';
import { infoIn, type UpstreamAnswer, withoutEntry } from '../upstream/ask-upstream.ts';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import {
  createRecheckQueue,
  createTakeDoubles,
  type RecheckFinding,
  type RecheckQueue,
  type RecheckTables,
  type TakeDoubles,
} from './recheck-queue.ts';

/** Applies what the upstream says about an admission that was made without it. */
type ApplyRecheck = (recordId: RecordId, answer: UpstreamAnswer) => Promise<void>;

/**
 * Judges an admission by what is known now. The guest is in and the record stays; a refund or another entry found only now is
 * reported in the log, in the list of scans and in health. Reading C3.
 */
function createApplyRecheck(options: {
  queue: RecheckQueue;
  policy: AdmissionPolicy;
  now: () => WallClock;
  /** Called with each verdict against an admission. */
  onFinding?: (verdict: Verdict) => void;
  logger: Logger;
}): ApplyRecheck {
  const { queue, policy, now, onFinding, logger } = options;
  return async (recordId, answer) => {
    if (answer.kind === 'silent') return;
    const entry = infoIn(answer)?.entry;
    const isOwnClaim = entry?.recordId !== undefined && (await queue.admittedNobody(entry.recordId));
    const heard = isOwnClaim ? withoutEntry(answer) : answer;
    const judgement = judgeEntry(recordId, null, heard, policy);
    const { verdict } = judgement;
    const firstEntry = verdict === 'ALREADY_ENTERED' ? judgement.firstEntry : undefined;
    const finding: RecheckFinding | null =
      verdict === 'ADMIT' ? null : { verdict, firstEntry: firstEntry?.checkTime ?? null };
    if (!(await queue.answered(recordId, finding, now())) || finding === null) return;
    logger.error({ recordId, lateVerdict: verdict, firstEntry }, 'recheck found an objection to an offline admission');
    onFinding?.(finding.verdict);
  };
}

const EVERY_MS = 2000;
/** Longest pause for an upstream that does not keep up, when thousands of terminals ask after an outage. */
const LONGEST_MS = 10_000;
const TIMEOUT_MS = 5000;
const AT_A_TIME = 4;
const PAGE_SIZE = 100;
const MAX_SILENCES = 8;

/** Asks the upstream about admissions that were made without it, once it answers and several times later. Reading C3. */
function recheckJob(options: {
  queue: RecheckQueue;
  askUpstream: Pick<AskUpstream, 'stateInBackground'>;
  applyRecheck: ApplyRecheck;
  isLineUp: () => boolean;
  /** Whether an entry that the upstream reports may be that of the admission itself. */
  entryMayBeOwn: () => Promise<boolean>;
  now: () => WallClock;
}): Recurring {
  const { queue, askUpstream, applyRecheck, now } = options;

  /** Questions left when the agent stops are asked after its next start. */
  async function run(stopping: AbortSignal): Promise<'done' | 'back-off'> {
    let after: RecordId | null = null;
    while (!stopping.aborted && options.isLineUp()) {
      const waiting = await queue.oldest(PAGE_SIZE, after, now());
      after = waiting.at(-1)?.recordId ?? null;
      if (after === null) return 'done';
      const entryMayBeOwn = await options.entryMayBeOwn();
      // A ticket on which the upstream always fails must not block the others.
      let silences = 0;
      const ask = async (recheck: (typeof waiting)[number]) => {
        if (silences > MAX_SILENCES || stopping.aborted) return;
        const answer = await askUpstream.stateInBackground(recheck, TIMEOUT_MS);
        if (answer.kind === 'silent') silences += 1;
        await applyRecheck(recheck.recordId, entryMayBeOwn ? withoutUnnamedEntry(answer) : answer);
      };
      await pMap(waiting, ask, { concurrency: AT_A_TIME });
      if (silences > MAX_SILENCES) return 'back-off';
    }
    return 'done';
  }

  return { everyMs: EVERY_MS, jitterMs: EVERY_MS / 2, longestMs: LONGEST_MS, run, atOnce: true };
}

/** Drops the entry of a plain upstream, which does not say whose it is: after the report it is our own. Reading X2. */
function withoutUnnamedEntry(answer: UpstreamAnswer): UpstreamAnswer {
  return infoIn(answer)?.entry === undefined ? withoutEntry(answer) : answer;
}

/** To complete a record; nobody at the gate waits for it. */
const COMPLETION_BUDGET_MS = 5000;

/** How long health shows findings. */
const SHOWN_SECONDS = 86_400;

/**
 * Asks the upstream, once the agent listens, about admissions that were made without it, and reports objections. Returns the
 * functions that complete a record by such an answer, and take doubles. Reading C3.
 */
export function createRecheck(
  service: Service,
  options: {
    store: Store<RecheckTables & ScanTables & CheckRecordTables>;
    connection: TerminalConnection;
    askUpstream: Pick<AskUpstream, 'stateInBackground'>;
    policy: AdmissionPolicy;
    /** The clock that scans use. */
    now: () => WallClock;
    settings: Pick<TerminalSettings, 'RECHECK_SECONDS'>;
  },
): {
  /** Completes, from GetTicketInfo, a record that the scan could not complete. Scheme 5.2.7, 7.6.2; reading R5. */
  readonly completeRecord: Complete;
  readonly takeDoubles: TakeDoubles;
} {
  const { store, connection, askUpstream, policy, now, settings } = options;
  const { logger, metrics } = service;
  const queue = createRecheckQueue(store, settings.RECHECK_SECONDS);
  const findings = new Counter({
    name: 'recheck_findings_total',
    help: 'Admissions that the upstream objected to afterwards',
    labelNames: ['verdict'],
    registers: [metrics],
  });
  const applyRecheck = createApplyRecheck({
    queue,
    policy,
    now,
    onFinding: (verdict) => findings.inc({ verdict }),
    logger,
  });

  measuredGauge(metrics, 'rechecks_waiting', 'Admissions waiting for a recheck', () => queue.count());
  service.check({
    name: 'rechecks',
    async run() {
      const { waiting, again, findings } = await queue.summary(addSeconds(now(), -SHOWN_SECONDS));
      return { ok: true, toAsk: waiting, toAskAgain: again, noticedInLastDay: findings };
    },
  });
  service.job({
    name: 'recheck',
    runs: 'in one process',
    ...recheckJob({
      queue,
      askUpstream,
      applyRecheck,
      isLineUp: connection.breaker.isUp,
      now,
      entryMayBeOwn: async () => (await connection.upstream())?.extensions().has(RECORD_ID_EXTENSION) !== true,
    }),
  });
  const takeDoubles = createTakeDoubles({
    store,
    now,
    onFinding: () => findings.inc({ verdict: 'ALREADY_ENTERED' }),
    logger,
  });
  return {
    takeDoubles,
    async completeRecord(record) {
      const answer = await askUpstream.stateInBackground(record, COMPLETION_BUDGET_MS);
      // Ends the run: the upstream would not answer for the other records either.
      if (answer.kind === 'silent') throw new Error('the upstream does not answer');
      await applyRecheck(record.recordId, answer);
      const info = infoIn(answer);
      return info === null ? null : completionOf(info);
    },
  };
}
