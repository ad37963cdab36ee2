import type { CheckRecordTables } from '@ticket-check/check-records';
import { addSeconds, RECORD_ID_EXTENSION, type WallClock } from '@ticket-check/protocol';
import { Counter, measuredGauge, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { AdmissionPolicy } from '../admission/rules.ts';
import type { TerminalSettings } from '../config.ts';
import type { ScanTables } from '../journal/scan-tables.ts';
import type { AskUpstream } from '../upstream/ask-upstream.ts';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import { type ApplyRecheck, createApplyRecheck } from './apply-recheck.ts';
import { recheckJob } from './recheck-job.ts';
import { createRecheckQueue } from './recheck-queue.ts';
import type { RecheckTables } from './recheck-tables.ts';
import { createTakeDoubles, type TakeDoubles } from './take-doubles.ts';

/** How long health shows findings. */
const SHOWN_SECONDS = 86_400;

/**
 * Asks the upstream, once the agent listens, about admissions that were made without it, and reports objections. Returns the
 * functions that take other answers about such an admission, and doubles. Reading C3.
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
): { applyRecheck: ApplyRecheck; takeDoubles: TakeDoubles } {
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
    start: () =>
      recheckJob({
        queue,
        askUpstream,
        applyRecheck,
        isLineUp: connection.breaker.isUp,
        now,
        entryMayBeOwn: async () => (await connection.upstream())?.extensions().has(RECORD_ID_EXTENSION) !== true,
        logger,
      }),
  });
  const takeDoubles = createTakeDoubles({
    store,
    now,
    onFinding: () => findings.inc({ verdict: 'ALREADY_ENTERED' }),
    logger,
  });
  return { applyRecheck, takeDoubles };
}
