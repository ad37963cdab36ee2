import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const APP = join(import.meta.dirname, '..', '..');
const ENTRY = 'kiosk/main.ts';
/** The style, and what a phone keeps the page under on its home screen. */
const BESIDE = [
  ['kiosk/kiosk.css', 'text/css; charset=utf-8'],
  ['kiosk/manifest.json', 'application/manifest+json'],
  ['kiosk/icon.svg', 'image/svg+xml'],
] as const;

/** Packages whose files the page loads only when it needs them. */
const FONTS = dirname(fileURLToPath(import.meta.resolve('@fontsource-variable/noto-sans-sc/package.json')));
const ZXING = join(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm')), '..', '..');

type KioskFile = { readonly type: string; readonly content: Buffer };

/**
 * Loads the files of the page: its modules, stripped of types, and its style. Each module is served under its path in this app, from
 * which the others import it. Fonts and the camera's reader are read from their packages when a page requests them.
 */
export async function loadKioskFiles() {
  const files = new Map<string, KioskFile>();
  await addModules(ENTRY, files);
  for (const [path, type] of BESIDE) files.set(path, { type, content: await readFile(join(APP, path)) });
  const hash = createHash('sha256');
  for (const [path, { content }] of files) hash.update(path).update(content);
  for (const root of [FONTS, join(ZXING, '..')]) hash.update(await readFile(join(root, 'package.json')));
  return {
    /** Changes with any file and is part of their URLs, so that browsers can cache them. */
    build: hash.digest('hex').slice(0, 16),
    find: async (path: string) => files.get(path) ?? (await findInPackages(path)),
  };
}

async function addModules(path: string, files: Map<string, KioskFile>): Promise<void> {
  if (files.has(path)) return;
  const source = await readFile(join(APP, path), 'utf8');
  const script = withoutTypes(source);
  files.set(path, { type: 'text/javascript; charset=utf-8', content: Buffer.from(script) });
  const imported = [...script.matchAll(/\b(?:from|import)\s*\(?'(\.[^']+\.ts)'/g)].map(([, name = '']) => name);
  for (const name of imported) await addModules(posix.join(posix.dirname(path), name), files);
}

/** Strips types without Node's warning on standard error, where people read the agent's messages. */
function withoutTypes(source: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}

const PACKAGES: readonly { readonly path: RegExp; readonly root: string; readonly type: string }[] = [
  { path: /^font\/(index\.css)$/, root: FONTS, type: 'text/css; charset=utf-8' },
  { path: /^font\/(files\/[\w-]+\.woff2)$/, root: FONTS, type: 'font/woff2' },
  { path: /^camera\/(es\/(?:reader\/index|share)\.js)$/, root: ZXING, type: 'text/javascript; charset=utf-8' },
  { path: /^camera\/(reader\/zxing_reader\.wasm)$/, root: ZXING, type: 'application/wasm' },
];

async function findInPackages(path: string): Promise<KioskFile | null> {
  for (const { path: known, root, type } of PACKAGES) {
    const [, file] = known.exec(path) ?? [];
    if (file === undefined) continue;
    const content = await readFile(join(root, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    return content && { type, content };
  }
  return null;
}
