import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import decompress from 'woff2-encoder/decompress';
import { CACHE } from './cache.ts';

const UNPACKED = join(CACHE, 'chinese-fonts');

/**
 * Unpacks Noto Sans SC, all weights of it, and resolves to its directory. The package has it as WOFF2, which
 * the browser takes from a page but not from the system.
 */
export async function chineseFonts(): Promise<string> {
  if (existsSync(UNPACKED)) return UNPACKED;
  const packed = join(
    dirname(fileURLToPath(import.meta.resolve('@fontsource-variable/noto-sans-sc/package.json'))),
    'files',
  );
  await mkdir(CACHE, { recursive: true });
  const being = await mkdtemp(`${UNPACKED}-`);
  for (const name of await readdir(packed)) {
    await writeFile(join(being, name.replace(/woff2$/, 'ttf')), await decompress(await readFile(join(packed, name))));
  }
  try {
    await rename(being, UNPACKED);
  } catch (error) {
    // Another process was faster.
    await rm(being, { recursive: true, force: true });
    if (!existsSync(UNPACKED)) throw error;
  }
  return UNPACKED;
}
