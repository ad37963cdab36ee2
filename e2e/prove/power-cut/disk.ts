import { compilePreload } from '../preload.ts';

/** When a commit of a write-ahead log takes effect on the disk: when it is synced, or only before a checkpoint. */
export type Commits = 'synced' | 'unsynced';

/** Compiles the library that remembers what was synced, and returns its path. */
export const compileDisk = (directory: string): string =>
  compilePreload(new URL('power-cut.c', import.meta.url), directory, 'The power cut');

/**
 * The environment under which a process writes its store to a disk that forgets.
 *
 * `commits: 'unsynced'` gives what SQLite's `synchronous=NORMAL` gives without the product having such a setting: in WAL mode NORMAL
 * differs from FULL in that a commit does not sync the log, which is synced only when a checkpoint is about to copy it into the
 * database.
 */
export const diskEnvironment = (
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
