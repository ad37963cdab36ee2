import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { CACHE } from './cache.ts';
import { chineseFonts } from './chinese-fonts.ts';

const UNPACKED = join(CACHE, 'browser');
const FONTS_CACHE = join(CACHE, 'fonts-cache');

/**
 * Starts a Chromium that comes in an npm package. The package also holds the libraries that a bare system lacks (NSS, NSPR,
 * expat), but uses them only if it believes that it runs on AWS Lambda. Linux on x64 only. The caller closes it.
 *
 * Pages are drawn with Chinese glyphs: without them axe takes the text for icons and does not check its colours.
 */
export async function launchBrowser(): Promise<Browser> {
  const fonts = await chineseFonts();
  if (!existsSync(UNPACKED)) await unpack();
  // Its own configuration of fonts names a directory of Lambda's; without any font a page ends in a crash.
  const configuration = join(CACHE, 'fonts.conf');
  writeFileSync(
    configuration,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><cachedir>${FONTS_CACHE}</cachedir></fontconfig>
`,
  );
  return chromium.launch({
    executablePath: join(UNPACKED, 'chromium'),
    args: ['--no-sandbox'],
    env: { ...process.env, LD_LIBRARY_PATH: join(UNPACKED, 'al2023', 'lib'), FONTCONFIG_FILE: configuration },
  });
}

/** Unpacks the browser elsewhere and renames it into place: a killed process leaves no half of one there. */
async function unpack(): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const aside = mkdtempSync(join(CACHE, 'unpacking-'));
  const before = { ...process.env };
  Object.assign(process.env, { TMPDIR: aside, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' });
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    await packed.executablePath();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
  try {
    renameSync(aside, UNPACKED);
  } catch (error) {
    // Another process was faster.
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(UNPACKED)) throw error;
  }
}
