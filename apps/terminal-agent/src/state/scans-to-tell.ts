import type { Upstream } from '@ticket-check/exchange';
import { MAX_TOLD_STEPS, type ScanStep } from '@ticket-check/protocol';

/** So many that were told before are told again each time. */
const AGAIN = 4;

/** Which counts of scans the platform above is told next. */
export type ScansToTell = {
  /**
   * Of all steps, oldest first, those to tell a platform: what has changed since that one answered this account with these data,
   * the latest first, and of the others a few in turn. So it comes to know all of them whatever it lost, within an hour, and nobody
   * has to notice that it did.
   */
  pick(to: Pick<Upstream, 'username' | 'url' | 'generation'>, steps: readonly ScanStep[]): ScanStep[];
  /** Told that it took these. */
  taken(steps: readonly ScanStep[]): void;
};

export function createScansToTell(): ScansToTell {
  let whom = '';
  let told = new Map<string, number>();
  let lastAgain = '';

  return {
    pick(to, steps) {
      const present = `${to.username} ${to.url} ${to.generation()}`;
      if (present !== whom) told = new Map();
      whom = present;
      const known = new Set(steps.map(({ at }) => at));
      for (const at of told.keys()) if (!known.has(at as ScanStep['at'])) told.delete(at);
      const changed = steps.filter((step) => told.get(step.at) !== scansOf(step)).toReversed();
      const unchanged = steps.filter((step) => told.get(step.at) === scansOf(step));
      const place = unchanged.findIndex(({ at }) => at > lastAgain);
      const inTurn = place < 0 ? unchanged : [...unchanged.slice(place), ...unchanged.slice(0, place)];
      const again = inTurn.slice(0, AGAIN);
      lastAgain = again.at(-1)?.at ?? '';
      return [...changed, ...again].slice(0, MAX_TOLD_STEPS);
    },
    taken(steps) {
      for (const step of steps) told.set(step.at, scansOf(step));
    },
  };
}

/** A count only grows, so it has changed where the sum has. */
const scansOf = ({ counts }: ScanStep) => Object.values(counts).reduce((sum, count) => sum + count, 0);
