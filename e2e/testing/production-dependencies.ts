import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

export type InstalledPackage = Manifest & { readonly directory: string };

export function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}

/**
 * What packages in these directories need in production, as it is installed, with what that needs in turn. Optional parts for
 * other systems are not installed and left out.
 */
export function productionDependencies(directories: readonly string[]): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const waiting = directories.map((directory) => ({ directory, ...readManifest(directory) }));
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const { directory, dependencies = {}, optionalDependencies = {} } = one;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const installed = installedAt(directory, name);
      if (installed === null && Object.hasOwn(optionalDependencies, name)) continue;
      if (installed === null) throw new Error(`${one.name} needs ${name}, which is not installed`);
      if (found.has(installed)) continue;
      const dependency = { directory: installed, ...readManifest(installed) };
      found.set(installed, dependency);
      waiting.push(dependency);
    }
  }
  return [...found.values()];
}

/** Where a package finds another, as Node looks for it: in the `node_modules` of its folder and of those above. */
function installedAt(from: string, name: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (folder === dirname(folder)) return null;
  }
}
