import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const PACKAGE = join(import.meta.dirname, '..');
const PROTOCOL = join(PACKAGE, '..', 'protocol', 'src');
const LOCKFILE = join(PACKAGE, '..', '..', 'pnpm-lock.yaml');

/** The hash of all that a console is built from: its own files, those of this package and of the protocol, and the versions of the libraries. */
export async function hashOfSources(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for (const place of [directory, join(PACKAGE, 'src'), join(PACKAGE, 'build'), PROTOCOL]) {
    for (const file of (await filesIn(place)).sort())
      hash.update(`${file.slice(place.length)}\n`).update(await readFile(file));
  }
  return hash.update(await readFile(LOCKFILE)).digest('hex');
}

/** Leaves out tests, and what builds make: another process may be moving its own. */
async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return /^(dist|testing$)/.test(entry.name) ? [] : filesIn(path);
    return entry.isFile() && !entry.name.includes('.test.') ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}
