import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { CACHE } from './cache.ts';

const OWN_FONTS = join(CACHE, 'fonts');
const FONTS_CACHE = join(CACHE, 'fonts-cache');

/**
 * Starts a Chromium that comes in an npm package. The package also holds the libraries that a bare system lacks (NSS, NSPR,
 * expat), but uses them only where it is told that it runs on AWS Lambda. Linux on x64 only. Whoever starts it closes it.
 *
 * @param fonts The directory of the fonts that pages are drawn with; by default those of the package, without Chinese glyphs.
 */
export async function launchBrowser(fonts: string = OWN_FONTS): Promise<Browser> {
  mkdirSync(CACHE, { recursive: true });
  const before = { ...process.env };
  Object.assign(process.env, { TMPDIR: CACHE, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' });
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    const executablePath = await packed.executablePath();
    // Its own configuration of fonts names a directory of Lambda's; without any font a page ends in a crash.
    const configuration = `${fonts}.conf`;
    writeFileSync(
      configuration,
      `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><cachedir>${FONTS_CACHE}</cachedir></fontconfig>
`,
    );
    return await chromium.launch({
      executablePath,
      args: ['--no-sandbox'],
      env: { ...before, LD_LIBRARY_PATH: join(CACHE, 'al2023', 'lib'), FONTCONFIG_FILE: configuration },
    });
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
