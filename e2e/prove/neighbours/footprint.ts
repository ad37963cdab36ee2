import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '@ticket-check/simulators/dev-network';
import type { ProofSite } from '../proof-site.ts';

/** What a service may take, whatever is done to it. */
const MAX_MEMORY_MB = 450;
/** Of it, what the honest have done takes the least part; and for each move of an attacker so much more. */
const MAX_DISK_MB = 60;
const MAX_DISK_KB_A_MOVE = 100;
const LOOK_EVERY_MS = 250;
const MB = 1024 * 1024;

export interface Watched {
  name: string;
  site: ProofSite;
  role: Role;
}

/** Measures the memory and the disk of services until it is stopped, and holds them against their bounds. */
export function watchFootprint(watched: readonly Watched[]) {
  const most = new Map<string, number>();
  const look = () => {
    for (const { name, site, role } of watched) {
      most.set(name, Math.max(most.get(name) ?? 0, memoryOf(site.processOf(role))));
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    /** Answers in words what was used. */
    stop(moves: number, failures: string[]): string {
      clearInterval(timer);
      const bound = MAX_DISK_MB + (moves * MAX_DISK_KB_A_MOVE) / 1024;
      const words = watched.map(({ name, site, role }) => {
        const [memory, disk] = [
          Math.round((most.get(name) ?? 0) / MB),
          Math.round(sizeOf(join(site.directory, role)) / MB),
        ];
        if (memory > MAX_MEMORY_MB) failures.push(`the ${name} took ${memory} MB of memory, of ${MAX_MEMORY_MB} MB`);
        if (disk > bound) failures.push(`the ${name} took ${disk} MB of disk, of ${Math.round(bound)} MB`);
        return `${name} ${memory} MB and ${disk} MB`;
      });
      return `memory and disk at most: ${words.join(', ')}`;
    },
  };
}

/** The resident memory of a process, in bytes; 0 where it has ended. */
function memoryOf(process: number | null): number {
  const file = `/proc/${process}/status`;
  if (!existsSync(file)) return 0;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) * 1024;
}

function sizeOf(directory: string): number {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}
