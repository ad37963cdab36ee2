import { Counter, Histogram, type Registry, type Service } from '@ticket-check/runtime';
import type { ScanEvent, ShownBadge } from '../admission/scan-answer.ts';
import type { Gates } from '../gate/gate.ts';
import { isEnrolment } from '../scanner/reading/scan-text.ts';
import type { CheckTicket } from './check-ticket.ts';
import { createDebounce } from './debounce.ts';
import type { createLooks, LookAtTicket } from './look-at-ticket.ts';
import { afterAdmission, type ScanResult, type VerdictJson, verdictJson } from './scan-result.ts';

/** Adds verdicts and durations of scans to a registry; returns the function that takes each verdict. Reading C2. */
function scanMetrics(registry: Registry): (answer: VerdictJson) => void {
  const registers = [registry];
  const scans = new Counter({
    name: 'scans_total',
    help: 'Scans by verdict; confirmed: whether the upstream excluded a second entry, only for admissions',
    labelNames: ['verdict', 'confirmed'],
    registers,
  });
  const duration = new Histogram({
    name: 'scan_duration_seconds',
    help: 'Time from a scan to its verdict',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5],
    registers,
  });
  return ({ Verdict: verdict, Confirmed: confirmed, Repeated: repeated, ElapsedMs: elapsedMs }) => {
    // A repeated read is not another scan.
    if (repeated) return;
    scans.inc({ verdict, confirmed: confirmed === undefined ? '' : String(confirmed) });
    duration.observe(elapsedMs / 1000);
  };
}

/**
 * Makes one scan at a gate, by default the usual one, and returns the verdict of `POST /scan`. With a scanner's name, repeated
 * reads of that scanner are one scan.
 *
 * @throws ProtocolError INVALID_QUERY if this terminal has no such gate.
 */
export type AnswerScan = (text: string, gate?: string, scanner?: string) => Promise<VerdictJson>;

const ENROLMENT: ScanResult = { verdict: 'UNREADABLE', fault: 'enrolment' };

/** Answers scans from all sources; running ones are finished before the agent exits. Reading C8. */
export function answerScans(
  service: Service,
  options: {
    checkTicket: CheckTicket;
    /** Takes a scanned enrolment code, which must not be written to the journal. */
    takeEnrolment: (text: string) => Promise<boolean>;
    /** Takes the badge of a supervisor, which must not be written to the journal either. */
    badgeDesk: {
      take(text: string, gate: string, scanner?: string): Promise<ShownBadge | null>;
      noteAnswer(answer: VerdictJson, gate: string, scanner?: string): void;
    };
    looks: Pick<ReturnType<typeof createLooks>, 'take'>;
    lookAtTicket: LookAtTicket;
    gates: Gates;
    usualGate: string;
    debounceMs: number;
    /** Announces what becomes of a scan to the page at its gate; never throws. */
    tell: (gate: string, event: ScanEvent) => void;
  },
): AnswerScan {
  const { checkTicket, takeEnrolment, badgeDesk, looks, lookAtTicket, gates, usualGate, debounceMs, tell } = options;
  const noteScanned = scanMetrics(service.metrics);
  const debounce = createDebounce(debounceMs);
  const underWay = new Set<Promise<unknown>>();
  service.drain(() => Promise.allSettled(underWay));

  return async (text, gateName = usualGate, scanner) => {
    const startedAt = performance.now();
    const gate = gates.named(gateName);
    const check = async (): Promise<ScanResult> => {
      const badge = await badgeDesk.take(text, gateName, scanner);
      if (badge !== null) return { verdict: 'UNREADABLE', fault: 'badge', instead: { what: 'badge', badge } };
      // Only here: a code that is read again, as a guest's before, does not use up the look.
      if (looks.take(gateName, scanner)) {
        const answer = await lookAtTicket(text, gate.screens);
        return { verdict: 'UNREADABLE', fault: 'looked-at', instead: { what: 'looked', answer } };
      }
      return isEnrolment(text) && (await takeEnrolment(text)) ? ENROLMENT : checkTicket(text, gate);
    };
    const checking =
      scanner === undefined
        ? check().then((result) => ({ result, repeat: 'first' as const }))
        : debounce({ scanner, gate: gateName }, text, check);
    underWay.add(checking);
    const at = { scanner: scanner ?? null };
    tell(gateName, { ...at, what: 'checking' });
    const { result, repeat } = await checking
      .catch((error: unknown) => {
        tell(gateName, { ...at, what: 'failed' });
        throw error;
      })
      .finally(() => underWay.delete(checking));
    const said = repeat === 'after' && gate.opensByAnswer ? afterAdmission(result) : result;
    const repeated = repeat !== 'first';
    const answer = verdictJson(said, { repeated, elapsedMs: performance.now() - startedAt });
    const instead = 'instead' in result ? result.instead : undefined;
    if (instead === undefined) {
      noteScanned(answer);
      badgeDesk.noteAnswer(answer, gateName, scanner);
    }
    tell(gateName, { ...at, ...(instead ?? { what: 'answered', answer }) });
    return answer;
  };
}
