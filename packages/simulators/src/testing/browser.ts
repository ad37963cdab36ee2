import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import decompress from 'woff2-encoder/decompress';

/** The directory into which the browser and its fonts are unpacked, once. */
const CACHE = join(import.meta.dirname, '..', '..', '..', '..', 'node_modules', '.cache', 'chromium');

/**
 * Starts a Chromium that comes in an npm package. The package also holds the libraries that a bare system lacks (NSS, NSPR,
 * expat), but uses them only if it believes that it runs on AWS Lambda. Linux on x64 only. The caller closes it.
 *
 * Pages are drawn with Chinese glyphs: without them axe takes the text for icons and does not check its colours.
 */
export async function launchBrowser(): Promise<Browser> {
  const [fonts, browser] = [await unpacked('chinese-fonts', unpackFonts), await unpacked('browser', unpackBrowser)];
  // Its own configuration of fonts names a directory of Lambda's; without any font a page ends in a crash.
  const configuration = join(CACHE, 'fonts.conf');
  writeFileSync(
    configuration,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><cachedir>${join(CACHE, 'fonts-cache')}</cachedir></fontconfig>
`,
  );
  return chromium.launch({
    executablePath: join(browser, 'chromium'),
    args: ['--no-sandbox'],
    env: { ...process.env, LD_LIBRARY_PATH: join(browser, 'al2023', 'lib'), FONTCONFIG_FILE: configuration },
  });
}

/** Unpacks something elsewhere and renames it into place: a killed process leaves no half of it there. */
async function unpacked(name: string, unpack: (directory: string) => Promise<void>): Promise<string> {
  const place = join(CACHE, name);
  if (existsSync(place)) return place;
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(`${place}-`);
  await unpack(directory);
  try {
    renameSync(directory, place);
  } catch (error) {
    // Another process was faster.
    rmSync(directory, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
  return place;
}

async function unpackBrowser(directory: string): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, { TMPDIR: directory, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' });
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    await packed.executablePath();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** Noto Sans SC, all weights of it. The package has it as WOFF2, which the browser takes from a page but not from the system. */
async function unpackFonts(directory: string): Promise<void> {
  const packed = join(
    dirname(fileURLToPath(import.meta.resolve('@fontsource-variable/noto-sans-sc/package.json'))),
    'files',
  );
  for (const name of await readdir(packed)) {
    const font = await decompress(await readFile(join(packed, name)));
    await writeFile(join(directory, name.replace(/woff2$/, 'ttf')), font);
  }
}
