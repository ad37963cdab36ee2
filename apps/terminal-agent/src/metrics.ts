import type { LinkSwitch } from '@ticket-check/exchange';
import type { Verdict } from '@ticket-check/protocol';
import { Counter, Histogram, measuredGauge, type Registry } from '@ticket-check/runtime';
import type { ClaimReleases } from './claims/claim-releases.ts';
import type { LateQuestions } from './late-news/late-questions.ts';
import type { ScanDiscard } from './scan/discard-scans.ts';
import type { VerdictJson } from './scan/scan-result.ts';

export type TerminalMetrics = {
  /** A scan was answered. */
  scanned(answer: VerdictJson): void;
  /** The upstream said afterwards what speaks against an admission. */
  heardLate(verdict: Verdict): void;
  /** A request to scan came without the token. */
  tokenRefused(): void;
};

/** Adds what scans came to, how long they took and what still waits for the upstream to a registry. Readings C2, C3, C8. */
export function terminalMetrics(
  registry: Registry,
  {
    line,
    releases,
    questions,
    discard,
  }: { line: LinkSwitch; releases: ClaimReleases; questions: LateQuestions; discard: Pick<ScanDiscard, 'discarded'> },
): TerminalMetrics {
  const registers = [registry];
  const scans = new Counter({
    name: 'scans_total',
    help: 'Scans by verdict; confirmed: whether the upstream excluded a second entry, for admissions alone',
    labelNames: ['verdict', 'confirmed'],
    registers,
  });
  const duration = new Histogram({
    name: 'scan_duration_seconds',
    help: 'Time from a scan to its verdict',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5],
    registers,
  });
  const lateNews = new Counter({
    name: 'late_news_total',
    help: 'Admissions made without the upstream against which it spoke afterwards',
    labelNames: ['verdict'],
    registers,
  });
  const tokens = new Counter({
    name: 'scan_tokens_refused_total',
    help: 'Requests to scan without the token of this terminal',
    registers,
  });
  measuredGauge(registry, 'upstream_line_up', 'Whether scans ask the upstream: 1, or 0 while the line is down', () =>
    Number(line.isUp()),
  );
  measuredGauge(registry, 'late_questions_waiting', 'Admissions of which the upstream is still to be asked', () =>
    questions.count(),
  );
  measuredGauge(registry, 'claim_releases_waiting', 'Claims that are still to be given back', () => releases.count());
  measuredGauge(
    registry,
    'scans_discarded',
    'Scans of what is no ticket here that were deleted for newer ones',
    async () => Object.values(await discard.discarded()).reduce((sum, count) => sum + count, 0),
  );

  return {
    scanned({ Verdict: verdict, Confirmed: confirmed, Repeated: repeated, ElapsedMs: elapsedMs }) {
      // The same physical read once more is no other scan.
      if (repeated) return;
      scans.inc({ verdict, confirmed: confirmed === undefined ? '' : String(confirmed) });
      duration.observe(elapsedMs / 1000);
    },
    heardLate: (verdict) => lateNews.inc({ verdict }),
    tokenRefused: () => tokens.inc(),
  };
}
