import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const PACKAGE = join(import.meta.dirname, '..');
const LOCKFILE = join(PACKAGE, '..', '..', 'pnpm-lock.yaml');

/** The hash of all that a console is built from: its own files, those of this package, and the versions of the libraries. */
export async function hashOfSources(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for (const place of [directory, join(PACKAGE, 'src'), join(PACKAGE, 'build')]) {
    const names = await readdir(place, { recursive: true, withFileTypes: true });
    const files = names
      .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
      .map(({ parentPath, name }) => join(parentPath, name).slice(place.length))
      .filter((name) => !/^[\\/]dist/.test(name));
    for (const file of files.sort()) hash.update(`${file}\n`).update(await readFile(place + file));
  }
  return hash.update(await readFile(LOCKFILE)).digest('hex');
}
