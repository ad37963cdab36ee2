import { readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 2 ** 31;

/**
 * Where tests keep their files: in memory, where there is room for them and programs may be run, since stores sync each
 * commit to the disk; or else where temporary files go.
 */
export function placeForFiles(): string {
  try {
    const mount = readFileSync('/proc/mounts', 'utf8').match(new RegExp(`^\\S+ ${MEMORY} tmpfs (\\S+)`, 'm'));
    const { bavail, bsize } = statfsSync(MEMORY);
    const isFit = mount !== null && !mount[1]?.includes('noexec') && bavail * bsize >= ENOUGH_BYTES;
    return isFit ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}
