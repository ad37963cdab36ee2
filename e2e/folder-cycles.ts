// Part of `pnpm check`: fails where the folders of an app or a package form an import cycle, and names the files. A file beside the
// folders counts as one, and imports of types count. It also fails where a file imports one of another package by its path.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

type Import = { readonly from: string; readonly to: string };
type Folders = Map<string, Map<string, Import>>;

const ROOT = join(import.meta.dirname, '..');
const IMPORT = /(?:\bfrom|\bimport|\bimport\(|\bimport\.meta\.resolve\(|\bnew URL\()\s*'(\.[^']*\.tsx?)'/g;

/** Which folder imports which, with one import of each as an example. Tests may import from anywhere. */
function foldersOf(source: string): Folders {
  const folders: Folders = new Map();
  const folderOf = (file: string) => relative(source, file).split(sep)[0] ?? '';
  for (const name of globSync('**/*.{ts,tsx}', { cwd: source })) {
    if (/\.test\.tsx?$/.test(name) || name.split(sep).includes('testing')) continue;
    const file = join(source, name);
    const imported = folders.get(folderOf(file)) ?? new Map<string, Import>();
    folders.set(folderOf(file), imported);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const to = resolve(dirname(file), path);
      if (folderOf(to) !== folderOf(file)) imported.set(folderOf(to), { from: file, to });
    }
  }
  return folders;
}

/** Finds the imports that lead from a folder back to it, or `null`. */
function findCycle(folders: Folders): Import[] | null {
  const done = new Set<string>();
  const walk = (folder: string, path: readonly string[], imports: readonly Import[]): Import[] | null => {
    const start = path.indexOf(folder);
    if (start >= 0) return imports.slice(start);
    if (done.has(folder)) return null;
    for (const [next, found] of folders.get(folder) ?? []) {
      const cycle = walk(next, [...path, folder], [...imports, found]);
      if (cycle !== null) return cycle;
    }
    done.add(folder);
    return null;
  };
  return [...folders.keys()].map((folder) => walk(folder, [], [])).find((cycle) => cycle !== null) ?? null;
}

for (const source of globSync(['{apps,packages}/*/src', 'apps/*/console'], { cwd: ROOT })) {
  const cycle = findCycle(foldersOf(join(ROOT, source)));
  if (cycle === null) continue;
  const inSource = (file: string) => relative(join(ROOT, source), file);
  const lines = cycle.map(({ from, to }) => `  ${inSource(from)} imports ${inSource(to)}\n`);
  process.exitCode = 1;
  process.stderr.write(`The folders of ${source} form an import cycle:\n${lines.join('')}`);
}

const PACKAGE = /^(?:(?:apps|packages)\/[^/]+|bench|e2e)\//;
const SOURCES = ['{apps,packages}/*/{src,console,kiosk,build}/**/*.{ts,tsx}', '{bench,e2e}/**/*.ts'];
for (const name of globSync(SOURCES, { cwd: ROOT })) {
  const file = join(ROOT, name);
  if (name.includes('node_modules')) continue;
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/\b(?:from|import|import\()\s*'(\.[^']*)'/g)) {
    const to = relative(ROOT, resolve(dirname(file), path));
    if ([PACKAGE.exec(name)?.[0], undefined].includes(PACKAGE.exec(to)?.[0])) continue;
    process.exitCode = 1;
    process.stderr.write(`${name} imports ${to} by its path: import what its package exports\n`);
  }
}
