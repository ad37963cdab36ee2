import { Counter, Histogram, type Registry } from '@ticket-check/runtime';
import type { VerdictJson } from './scan-result.ts';

/** Adds verdicts and durations of scans to a registry; returns the function that takes each verdict. Reading C2. */
export function scanMetrics(registry: Registry): (answer: VerdictJson) => void {
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
