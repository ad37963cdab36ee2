import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { Plugin } from 'vite';

/** The path under which the service serves the files. */
const BASE = '/console/';
/** What the service replaces by the nonce of its answer. */
const NONCE = '__nonce__';
/** Written beside the result: the hash of what it was built from. */
const STAMP = 'sources.sha256';

/** Browsers of the last years; older ones are not what a cinema's office runs. */
const TARGET = ['chrome109', 'edge109', 'firefox115', 'safari16.4'];

/**
 * Builds the console of an app, whose directory holds `index.html`, into `dist` beside it, unless what lies there was built from
 * the same sources. Processes that build at once do so in folders of their own; none waits for another. Returns whether anything
 * was built.
 *
 * @throws if Vite is not installed, the sources do not build, or the directory cannot be written.
 */
export async function buildConsole(directory: string): Promise<boolean> {
  const dist = join(directory, 'dist');
  const sources = await hashOfSources(directory);
  const isFresh = async () => (await readFile(join(dist, STAMP), 'utf8').catch(() => null)) === sources;
  if (await isFresh()) return false;
  const made = await mkdtemp(`${dist}.made-`);
  try {
    // Another user may serve it than the one who built it.
    await chmod(made, 0o755);
    await runVite(directory, made);
    for (const name of await readdir(made)) await compress(join(made, name));
    await writeFile(join(made, STAMP), sources);
    // Another process may have built it meanwhile, and be reading it.
    if (!(await isFresh())) {
      // There is none before the first build.
      await rename(dist, `${made}.old`).catch(() => {});
      await rename(made, dist).catch(async (error) => {
        // Another process has put its own there in between.
        if (!(await isFresh())) throw error;
      });
    }
  } finally {
    for (const left of [made, `${made}.old`]) await rm(left, { recursive: true, force: true });
  }
  return true;
}

async function runVite(root: string, outDir: string): Promise<void> {
  const { build } = await import('vite');
  await build({
    root,
    base: BASE,
    configFile: false,
    logLevel: 'silent',
    // Given on by a process that serves or tests, it would have React built for development.
    mode: 'production',
    oxc: { jsx: { runtime: 'automatic', development: false } },
    define: { 'process.env.NODE_ENV': '"production"' },
    html: { cspNonce: NONCE },
    plugins: [librariesOfTheKit],
    build: {
      outDir,
      emptyOutDir: false,
      assetsDir: '.',
      target: TARGET,
      // Data in an address is another source to the Content-Security-Policy.
      assetsInlineLimit: 0,
      // It would add a script to the page itself.
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 2000,
    },
  });
}

const KIT = join(import.meta.dirname, '..', 'src');

/**
 * Pages of an app take the kit and its libraries from this package: one copy of each, and nothing else has to be installed.
 * What only the app has is refused: an image builds the pages without the app's own dependencies.
 */
const librariesOfTheKit: Plugin = {
  name: 'libraries-of-the-kit',
  enforce: 'pre',
  resolveId(source, importer) {
    if (source === '@ticket-check/console') return join(KIT, 'index.ts');
    const isLibrary = /^(@?[a-z])/.test(source) && importer !== undefined;
    if (!isLibrary || /[\\/]node_modules[\\/]/.test(importer) || importer.startsWith(KIT)) return null;
    // Throws where Vite would fall back on what the app has.
    findPackageJSON(source, import.meta.url);
    return this.resolve(source, join(KIT, 'index.ts'), { skipSelf: true });
  },
};

async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  const br = { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, br));
}

const PACKAGE = join(import.meta.dirname, '..');
const PROTOCOL = join(PACKAGE, '..', 'protocol', 'src');
const LOCKFILE = join(PACKAGE, '..', '..', 'pnpm-lock.yaml');

/** The hash of all that a console is built from: its own files, those of this package and of the protocol, and the versions of the libraries. */
async function hashOfSources(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for (const place of [directory, join(PACKAGE, 'src'), join(PACKAGE, 'build'), PROTOCOL]) {
    // Tests, and what builds make: another process may be moving its own.
    const exclude = ['dist*', 'dist*/**', '**/testing/**', '**/*.test.*'];
    for (const file of globSync('**/*.*', { cwd: place, exclude }).sort())
      hash.update(`/${file}\n`).update(await readFile(join(place, file)));
  }
  return hash.update(await readFile(LOCKFILE)).digest('hex');
}

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Builds the console of each app that has one where it is missing or older than its sources; answers which. */
export async function buildConsoles(): Promise<string[]> {
  const built: string[] = [];
  for (const index of globSync('apps/*/console/index.html', { cwd: ROOT })) {
    if (await buildConsole(join(ROOT, dirname(index)))) built.push(dirname(index));
  }
  return built;
}
