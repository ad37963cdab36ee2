import type { Service } from '@ticket-check/runtime';
import type { Gates } from '../gate/gate.ts';
import { isEnrolment } from '../scanner/reading/other-codes.ts';
import { isRenewedETicket } from '../scanner/reading/renewed-e-ticket.ts';
import type { CheckTicket } from './check-ticket.ts';
import { createDebounce } from './debounce.ts';
import { scanMetrics } from './scan-metrics.ts';
import {
  afterAdmission,
  doesStand,
  goesForRenewed,
  type ScanResult,
  type VerdictJson,
  verdictJson,
} from './scan-result.ts';
import type { ScanWatch } from './scan-watch.ts';

/**
 * Makes one scan at a gate, by default the usual one, and returns the verdict of `POST /scan`. With a scanner's name, repeated
 * reads of that scanner are one scan.
 *
 * @throws ProtocolError INVALID_QUERY if this terminal has no such gate.
 */
export type AnswerScan = (text: string, gate?: string, scanner?: string) => Promise<VerdictJson>;

const ENROLMENT: ScanResult = { verdict: 'UNREADABLE', fault: 'enrolment' };

/** The page may renew its QR right after the answer, while the guest still holds it there; the next guest takes longer. */
const RENEWAL_MS = 5000;

/** Answers scans from all sources; running ones are finished before the agent exits. Reading C8. */
export function answerScans(
  service: Service,
  options: {
    checkTicket: CheckTicket;
    /** Takes a scanned enrolment code, which must not be written to the journal. */
    takeEnrolment: (text: string) => Promise<boolean>;
    gates: Gates;
    usualGate: string;
    debounceMs: number;
    watch: ScanWatch;
  },
): AnswerScan {
  const { checkTicket, takeEnrolment, gates, usualGate, debounceMs, watch } = options;
  const noteScanned = scanMetrics(service.metrics);
  const debounce = createDebounce<ScanResult>({
    windowMs: debounceMs,
    stands: doesStand,
    isRenewal: isRenewedETicket,
    goesForRenewal: goesForRenewed,
    renewalMs: RENEWAL_MS,
  });
  const underWay = new Set<Promise<unknown>>();
  service.drain(() => Promise.allSettled(underWay));

  return async (text, gateName = usualGate, scanner) => {
    const startedAt = performance.now();
    const gate = gates.named(gateName);
    const check = async () => (isEnrolment(text) && (await takeEnrolment(text)) ? ENROLMENT : checkTicket(text, gate));
    const checking =
      scanner === undefined
        ? check().then((result) => ({ result, repeat: 'first' as const }))
        : debounce.answer({ scanner, gate: gateName }, text, check);
    underWay.add(checking);
    const tell = watch.began({ gate: gateName, scanner: scanner ?? null });
    const { result, repeat } = await checking
      .catch((error: unknown) => {
        tell(null);
        throw error;
      })
      .finally(() => underWay.delete(checking));
    const said = repeat === 'after' && !gate.barrier ? afterAdmission(result) : result;
    const repeated = repeat !== 'first';
    const answer = verdictJson(said, { repeated, elapsedMs: performance.now() - startedAt });
    noteScanned(answer);
    tell(answer);
    return answer;
  };
}
