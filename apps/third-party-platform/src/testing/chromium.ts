import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { needsTag } from '@ticket-check/runtime/testing';
import { type BrowserContext, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Where the browser is unpacked, once. */
const UNPACKED = join(import.meta.dirname, '..', '..', '..', '..', 'node_modules', '.cache', 'chromium');

const FONTCONFIG_FILE = join(UNPACKED, 'fonts.conf');
const FONT_CONFIGURATION = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(UNPACKED, 'fonts')}</dir><cachedir>${join(UNPACKED, 'fonts-cache')}</cachedir></fontconfig>
`;

/**
 * Opens a window of a Chromium that comes in an npm package, and closes it when the test ends. The package also holds the
 * libraries that a bare system lacks (NSS, NSPR, expat), but uses them only where it is told that it runs on AWS Lambda.
 */
export async function openChromium(): Promise<BrowserContext> {
  needsTag('process');
  mkdirSync(UNPACKED, { recursive: true });
  const before = { ...process.env };
  Object.assign(process.env, { TMPDIR: UNPACKED, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' });
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    const executablePath = await packed.executablePath();
    // Its own configuration of fonts names a directory of Lambda's; without any font a page ends in a crash.
    writeFileSync(FONTCONFIG_FILE, FONT_CONFIGURATION);
    const browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox'],
      env: { ...before, LD_LIBRARY_PATH: join(UNPACKED, 'al2023', 'lib'), FONTCONFIG_FILE },
    });
    onTestFinished(() => browser.close());
    // The certificate is of the platform's own CA.
    return await browser.newContext({
      ignoreHTTPSErrors: true,
      locale: 'zh-CN',
      viewport: { width: 390, height: 844 },
    });
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
