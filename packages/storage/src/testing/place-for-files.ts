import { readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 2 ** 31;

/**
 * The directory for files of tests: in memory, because stores sync each commit to the disk, if there is room and programs
 * may run there; otherwise the temporary directory.
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
