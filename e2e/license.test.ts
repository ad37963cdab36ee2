import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

type InstalledPackage = Manifest & { readonly directory: string };

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}

/**
 * What packages in these directories need in production, as it is installed, with what that needs in turn. Optional parts for
 * other systems are not installed and left out.
 */
function productionDependencies(directories: readonly string[]): InstalledPackage[] {
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

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const workspaces = globSync('{packages,apps}/*/package.json', { cwd: root }).map(dirname);

/** Licences under which software may be given on within Apache-2.0, as SPDX names them. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/** A font may be given on with any software, and embedded in any document, as long as it is not sold by itself. */
const OF_FONTS = 'OFL-1.1';

const isFont = ({ name }: InstalledPackage) => name.startsWith('@fontsource');

/** Whether an SPDX expression allows choosing only permissive licences; an unreadable one does not. */
function isPermissive(expression: string | undefined): boolean {
  const plain = (expression ?? '').replace(/^\((.*)\)$/, '$1');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((license) => PERMISSIVE.has(license)));
}

test('the project is under Apache-2.0, and says so in every package and in both READMEs', () => {
  expect(read('LICENSE')).toMatch(/^\s+Apache License\s+Version 2\.0, January 2004\s/);
  expect(read('LICENSE')).toMatch(/\n {3}END OF TERMS AND CONDITIONS\n/);
  for (const readme of ['README.md', 'README.zh-CN.md']) expect(read(readme)).toMatch(/Apache-2\.0.*\(LICENSE\)/);
  for (const directory of ['.', 'e2e', 'bench', ...workspaces]) {
    expect(readManifest(join(root, directory)).license, directory).toBe('Apache-2.0');
  }
});

test('every dependency that runs in production is under a licence that agrees with it', () => {
  const dependencies = productionDependencies(workspaces.map((directory) => join(root, directory)));
  expect(dependencies.map(({ name }) => name)).toEqual(expect.arrayContaining(['fastify', 'kysely', 'node-forge']));
  const others = dependencies
    .map((one) => ({ label: `${one.name} ${one.version}`, license: one.license, allowsFonts: isFont(one) }))
    .filter(({ license, allowsFonts }) => !isPermissive(license) && !(allowsFonts && license === OF_FONTS));
  expect(others.map(({ label, license }) => `${label}: ${license}`)).toEqual([]);
});
