import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readManifest } from './testing/production-dependencies.ts';

const root = join(import.meta.dirname, '..');
const SCOPE = '@ticket-check/';
const APPS = ['apps/national-platform', 'apps/third-party-platform', 'apps/terminal-agent'];

/** The folders of a package of this workspace and of all that it needs in production. */
function neededBy(folder: string, found = new Set<string>()): Set<string> {
  if (found.has(folder)) return found;
  found.add(folder);
  for (const name of Object.keys(readManifest(join(root, folder)).dependencies ?? {})) {
    if (name.startsWith(SCOPE)) neededBy(`packages/${name.slice(SCOPE.length)}`, found);
  }
  return found;
}

// What is not copied before the install gets no node_modules: the service of that image cannot start.
test('the images install what each package that runs in them depends on', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const installed = [...dockerfile.matchAll(/^COPY (\S+)\/package\.json \1\/$/gm)].map(([, folder]) => folder);
  const needed = new Set(APPS.flatMap((app) => [...neededBy(app)]));
  expect(installed.toSorted()).toEqual([...needed].toSorted());
});
