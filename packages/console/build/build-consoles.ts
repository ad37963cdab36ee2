import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildConsole } from './build-console.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Builds the console of each app that has one where it is missing or older than its sources; answers which. */
export async function buildConsoles(): Promise<string[]> {
  const built: string[] = [];
  for (const index of globSync('apps/*/console/index.html', { cwd: ROOT })) {
    if (await buildConsole(join(ROOT, dirname(index)))) built.push(dirname(index));
  }
  return built;
}
