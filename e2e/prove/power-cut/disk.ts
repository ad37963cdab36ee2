import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePreload } from '../../testing/run.ts';

/** When a commit of a write-ahead log takes effect on the disk: when it is synced, or only before a checkpoint. */
export type Commits = 'synced' | 'unsynced';

export const compileDisk = (directory: string): string =>
  compilePreload(new URL('power-cut.c', import.meta.url), directory, 'The power cut');

/**
 * The environment under which a process writes its store to a disk that forgets. `unsynced` commits are what SQLite's `synchronous=NORMAL`
 * gives: its log is synced only when a checkpoint is about to copy it into the database.
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

const SECTOR = 512;

interface Cut {
  /** The store's directory. Its writer must be dead. */
  store: string;
  /** Where the shim kept what was synced; empty afterwards, so that the next process begins with what the store holds. */
  disk: string;
  /** How likely a change that was not synced has reached the disk all the same: 0 for never. */
  survives: number;
  chance: () => number;
}

/**
 * Puts a store back to what a power cut leaves of it: every file as it was last synced, under the names that were synced. With `survives`
 * above 0 some of the rest was written, sector by sector of 512 bytes. Returns how many sectors fell back to what was synced.
 */
export function restoreStore(cut: Cut): number {
  if (!existsSync(join(cut.disk, 'begun'))) throw new Error(`nothing was written under the shim: ${cut.disk} is empty`);
  const sectors = restoreDirectory(cut, '');
  rmSync(cut.disk, { recursive: true });
  mkdirSync(cut.disk);
  return sectors;
}

const isKept = (name: string): boolean => !name.endsWith('-shm') && !name.endsWith('.log');

function restoreDirectory(cut: Cut, below: string): number {
  const here = join(cut.store, below);
  const durable = join(cut.disk, 'tree', below);
  mkdirSync(here, { recursive: true, mode: 0o700 });
  let sectors = 0;
  for (const name of new Set([...namesIn(here), ...namesIn(durable)])) {
    if (name.endsWith('-shm') && !happens(cut)) rmSync(join(here, name));
    if (!isKept(name)) continue;
    const isDirectory = [join(here, name), join(durable, name)].some((path) =>
      statSync(path, { throwIfNoEntry: false })?.isDirectory(),
    );
    if (!isDirectory) sectors += restoreFile(cut, join(here, name), join(durable, name));
    else if (existsSync(join(durable, name)) || happens(cut)) sectors += restoreDirectory(cut, join(below, name));
    else rmSync(join(here, name), { recursive: true });
  }
  return sectors;
}

const namesIn = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : []);

const happens = ({ survives, chance }: Cut): boolean => chance() < survives;

/** A name may be durable for the file that has it now, for an earlier one, or not at all. */
function restoreFile(cut: Cut, path: string, durable: string): number {
  const now = existsSync(path) ? readFileSync(path) : null;
  const object = now === null ? null : objectOf(cut, path);
  const isOwnName = object !== null && existsSync(durable) && statSync(durable).ino === statSync(object).ino;
  const before = existsSync(durable) ? readFileSync(durable) : null;
  const synced = object === null ? Buffer.alloc(0) : readFileSync(object);
  const takesNew = isOwnName || happens(cut);
  const { left, sectors } =
    takesNew && now !== null ? mixed(cut, synced, now) : { left: takesNew ? null : before, sectors: 0 };
  if (left !== null && now !== null && left.equals(now)) return sectors;
  rmSync(path, { force: true });
  if (left !== null) writeFileSync(path, left, { mode: 0o600 });
  return sectors;
}

/** The synced content of a file that lives; null where it was never synced or opened under the shim. */
function objectOf({ disk }: Cut, path: string): string | null {
  const { ino, birthtimeNs } = statSync(path, { bigint: true });
  const births = [birthtimeNs, 0n].map((ns) => `${ns / 1_000_000_000n}.${ns % 1_000_000_000n}`);
  return births.map((birth) => join(disk, 'objects', `${ino}-${birth}`)).find(existsSync) ?? null;
}

/** Each sector as it was synced or as it was written since, and how many fell back. */
function mixed(cut: Cut, synced: Buffer, written: Buffer): { left: Buffer; sectors: number } {
  const size = happens(cut) ? written.length : synced.length;
  const left = Buffer.alloc(size);
  let sectors = Math.ceil(Math.max(0, written.length - size) / SECTOR);
  for (let at = 0; at < size; at += SECTOR) {
    const [before, after] = [synced, written].map((content) => content.subarray(at, Math.min(at + SECTOR, size)));
    const fallsBack = !before!.equals(after!) && !happens(cut);
    if (fallsBack) sectors += 1;
    (fallsBack || after!.length === 0 ? before! : after!).copy(left, at);
  }
  return { left, sectors };
}
