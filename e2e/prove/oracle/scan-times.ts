import type { Guest } from '../guests.ts';

/** A terminal's default budget for the answer of the platform above. */
const BUDGET_MS = 1_500;
/** For the scan itself, its connection, and what a machine with two cores does beside it. */
const MEASURING_MS = 300;

/** What no answer may take, in budgets, however long services waited for a processor. */
const BUSIEST_BUDGETS = 3;

/** Every answer within the budget of a scan, or it is a failure; and how long answers took, in words. Reading C3. */
export function scanTimes(guests: readonly Guest[], failures: string[], budgetMs = BUDGET_MS): string {
  const answers = guests
    .flatMap((guest) => guest.answers)
    .map(({ askedAt, answeredAt, unseenMs, waitedMs }) => ({ tookMs: answeredAt - askedAt, unseenMs, waitedMs }));
  // Both may have been at the same time.
  const times = answers
    .map(({ tookMs, unseenMs, waitedMs }) => tookMs - Math.max(unseenMs, waitedMs))
    .sort((a, b) => a - b);
  const slowest = Math.max(0, ...answers.map(({ tookMs, unseenMs }) => tookMs - unseenMs));
  if (slowest > BUSIEST_BUDGETS * budgetMs) {
    failures.push(`a scan took ${slowest} ms, more than ${BUSIEST_BUDGETS} budgets, however long services had to wait`);
  }
  const late = times.filter((time) => time > budgetMs + MEASURING_MS);
  if (late.length > 0) {
    failures.push(`${late.length} scans took longer than ${budgetMs + MEASURING_MS} ms, the slowest ${late.at(-1)} ms`);
  }
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  const waited = times.filter((time) => time >= budgetMs).length;
  return `${times.length} scans answered, half of them within ${at(0.5)} ms, 99 % within ${at(0.99)} ms, the slowest in ${at(1)} ms; ${waited} used up their budget`;
}
