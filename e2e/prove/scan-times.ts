import type { Guest } from './guests.ts';

/** What a terminal gives the platform above it to answer a scan, unless it is told otherwise. */
const BUDGET_MS = 1_500;
/** For the scan itself, and for a machine that does everything else meanwhile. */
const SLACK_MS = 1_500;

/** Every answer within the budget of a scan, or it is a failure; and how long answers took, in words. Reading C3. */
export function scanTimes(guests: readonly Guest[], failures: string[]): string {
  const times = guests
    .flatMap(({ answers }) => answers)
    .map(({ askedAt, answeredAt }) => answeredAt - askedAt)
    .sort((a, b) => a - b);
  const late = times.filter((time) => time > BUDGET_MS + SLACK_MS).length;
  if (late > 0) failures.push(`${late} scans were answered later than ${BUDGET_MS + SLACK_MS} ms`);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  const waited = times.filter((time) => time >= BUDGET_MS).length;
  return `${times.length} scans answered, half of them within ${at(0.5)} ms, 99 % within ${at(0.99)} ms, the slowest in ${at(1)} ms; ${waited} used up their budget`;
}
