import type { Role } from '@ticket-check/simulators/dev-network';
import { type ProofResult, recovered } from '../proof-result.ts';
import type { ProofSite } from '../proof-site.ts';

/** A service that is killed and started again. */
export interface KillTarget {
  name: string;
  /** Kills its process, also one that is starting, and starts another; that is not waited for. */
  kill(): void;
  /** Whether the process that was started last has answered. */
  isUp(): boolean;
  /** Resolves when the process that was started last answers; rejects when one ended by itself. */
  up(): Promise<void>;
  lastWords(): string;
}

/** A service of a site that runs. Kills are counted, and the longest time that a start took. */
export function killTarget(
  name: string,
  { site, role, result }: { site: ProofSite; role: Role; result: ProofResult },
): KillTarget {
  let up: Promise<void> = Promise.resolve();
  let isUp = true;

  async function replace(before: Promise<void>): Promise<void> {
    await site.stop(role, 'SIGKILL');
    await before.catch((error: unknown) => {
      if (!String(error).includes('SIGKILL')) throw error;
    });
    // A process that was about to begin when its predecessor's successor was to be killed.
    await site.stop(role, 'SIGKILL');
    const from = performance.now();
    await site.start(role);
    recovered(result, performance.now() - from);
  }

  return {
    name,
    kill() {
      result.times += 1;
      isUp = false;
      const replaced = replace(up);
      up = replaced;
      replaced.then(
        () => {
          isUp = up === replaced;
        },
        () => {}, // told by `up`, or by the next one
      );
    },
    isUp: () => isUp,
    up: () => up,
    lastWords: () => site.lastWords(role),
  };
}
