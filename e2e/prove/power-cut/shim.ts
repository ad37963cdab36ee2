import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('power-cut.c', import.meta.url));
const NEEDED =
  'The power cut needs a C compiler on Linux with glibc: install one (Debian, Ubuntu: apt-get install gcc libc6-dev; Fedora: dnf install gcc)';

/** Compiles the library that remembers what was synced, with the system's compiler, and answers where it lies. */
export function buildShim(directory: string): string {
  if (process.platform !== 'linux') throw new Error(`${NEEDED}. This system is ${process.platform}.`);
  const library = join(directory, 'power-cut.so');
  const args = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-o', library, SOURCE, '-ldl', '-lpthread'];
  const { status, stderr, error } = spawnSync('cc', args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`${NEEDED}. Running cc failed: ${error.message}`);
  if (status !== 0) throw new Error(`${NEEDED}. cc ended with ${status}:\n${stderr}`);
  return library;
}

/** When a commit of a write-ahead log takes effect on the disk: when it is synced, or only before a checkpoint. */
export type Commits = 'synced' | 'unsynced';

/**
 * The environment under which a process writes its store to a disk that forgets.
 *
 * `commits: 'unsynced'` gives what SQLite's `synchronous=NORMAL` gives without the product having such a setting: in
 * WAL mode NORMAL differs from FULL in that a commit does not sync the log, which is synced only when a checkpoint is
 * about to copy it into the database.
 */
export const shimEnvironment = (
  library: string,
  { store, disk, commits = 'synced' }: { store: string; disk: string; commits?: Commits },
): NodeJS.ProcessEnv => ({
  LD_PRELOAD: library,
  POWER_CUT_STORE: store,
  POWER_CUT_DISK: disk,
  POWER_CUT_COMMITS: commits,
  // A slow disk, so that a cut finds commits under way.
  POWER_CUT_SYNC_MS: '8',
  // What the kernel writes by itself, no library sees.
  UV_USE_IO_URING: '0',
});
