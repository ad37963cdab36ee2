import type { Door } from '../guests.ts';
import { until } from '../until.ts';

/** How a terminal answers while nothing is wrong anywhere: it knows that nobody else was let in, and of no refund. */
interface Served {
  Verdict: string;
  Repeated?: true;
  Confirmed?: boolean;
  RefundStateKnown?: boolean;
}

export interface FullService {
  /** The doors, watched. */
  doors: Door[];
  /**
   * Resolves once every terminal has answered a scan of later than now in full; answers how long that took, in
   * milliseconds.
   */
  back(): Promise<number>;
}

/** Watches the answers at doors for those that are given when both lines are well. */
export function watchFullService(doors: readonly Door[]): FullService {
  const terminals = new Set(doors.map(({ terminal }) => terminal));
  const servedAt = new Map<string, number>();
  let since = Number.POSITIVE_INFINITY;
  return {
    doors: doors.map((door) => ({
      ...door,
      async scan(text, scanner) {
        const askedAt = performance.now();
        const verdict = await door.scan(text, scanner);
        if (askedAt >= since && isFull(verdict) && !servedAt.has(door.terminal)) {
          servedAt.set(door.terminal, performance.now());
        }
        return verdict;
      },
    })),
    async back() {
      servedAt.clear();
      since = performance.now();
      await until('every terminal answers scans in full', () => servedAt.size === terminals.size, { everyMs: 10 });
      return Math.max(...servedAt.values()) - since;
    },
  };
}

const isFull = ({ Verdict, Confirmed, RefundStateKnown, Repeated }: Served): boolean =>
  Verdict === 'ADMIT' && !Repeated && Confirmed === true && RefundStateKnown === true;
