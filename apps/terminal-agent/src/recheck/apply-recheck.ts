import type { RecordId, Verdict, WallClock } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import { type AdmissionPolicy, judgeEntry } from '../admission/rules.ts';
import { infoIn, type UpstreamAnswer, withoutEntry } from '../upstream/upstream-answer.ts';
import type { RecheckFinding, RecheckQueue } from './recheck-queue.ts';

/** Applies what the upstream says about an admission that was made without it. */
export type ApplyRecheck = (recordId: RecordId, answer: UpstreamAnswer) => Promise<void>;

/**
 * Judges an admission by what is known now. The guest is in and the record stays; a refund or another entry found only now is
 * reported in the log, in the list of scans and in health. Reading C3.
 */
export function createApplyRecheck(options: {
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
