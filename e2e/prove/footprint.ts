import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MB = 1024 * 1024;

/** What a service may take of memory, whatever is done to it. */
export const MAX_MEMORY_MB = 450;

/** The resident memory of a process in MB; 0 where it has ended. */
export function memoryMbOf(process: number | null): number {
  const file = `/proc/${process}/status`;
  if (!existsSync(file)) return 0;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024;
}

/** What the files of a directory take, in MB. */
export const diskMbOf = (directory: string): number =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0) / MB;
