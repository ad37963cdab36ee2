import type { Complete } from '@ticket-check/check-records';
import type { ApplyRecheck } from '../recheck/apply-recheck.ts';
import type { AskUpstream } from '../upstream/ask-upstream.ts';
import { infoIn } from '../upstream/upstream-answer.ts';
import { completionOf } from './make-record.ts';

/** Nobody at the gate waits for this. */
const COMPLETION_BUDGET_MS = 5000;

/** Completes, from GetTicketInfo, a record that the scan could not complete. Scheme 5.2.7, 7.6.2; reading R5. */
export function completeRecord(options: {
  askUpstream: Pick<AskUpstream, 'stateInBackground'>;
  /** Takes what the upstream says about a record that it does not have yet. */
  applyRecheck: ApplyRecheck;
}): Complete {
  const { askUpstream, applyRecheck } = options;
  return async (record) => {
    const answer = await askUpstream.stateInBackground(record, COMPLETION_BUDGET_MS);
    // Ends the run: the upstream would not answer for the other records either.
    if (answer.kind === 'silent') throw new Error('the upstream does not answer');
    await applyRecheck(record.recordId, answer);
    const info = infoIn(answer);
    return info === null ? null : completionOf(info);
  };
}
