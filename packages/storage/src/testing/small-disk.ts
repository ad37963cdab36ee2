import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { errorCode } from '../store-error.ts';

/**
 * Mounts a disk (tmpfs) of a few MiB until the test ends. Only a real disk is full in the way that SQLite meets at a
 * commit, and only root may mount one.
 */
export function mountSmallDisk(mebibytes: number) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('Tests of a full disk mount one, which needs Linux and root: run them as root, as in a container.');
  }
  const path = mkdtempSync(join(tmpdir(), 'ticket-check-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', path]);
  onTestFinished(() => {
    execFileSync('umount', ['-l', path]);
    rmdirSync(path);
  });
  const filling = join(path, 'filling');
  return {
    path,
    /** Leaves not one byte on it. */
    fill(): void {
      for (const bytes of [65_536, 4096, 1]) {
        while (appended(filling, bytes));
      }
    },
    /** Frees what `fill` took. */
    clear: () => rmSync(filling, { force: true }),
    /** Lets nobody write on it, or everybody again. */
    makeReadOnly(readOnly: boolean): void {
      execFileSync('mount', ['-o', `remount,${readOnly ? 'ro' : 'rw'}`, path]);
    },
  };
}

function appended(path: string, bytes: number): boolean {
  try {
    writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOSPC') return false;
    throw error;
  }
}
