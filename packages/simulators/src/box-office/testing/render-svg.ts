import type { Browser } from 'playwright-core';
import { PNG } from 'pngjs';
import type { Pixels } from './read-symbols.ts';

const CSS_DPI = 96;

/** Renders an SVG file in a browser at its own size, with `dpi` dots per inch. */
export async function renderSvg(browser: Browser, svg: string, dpi: number): Promise<Pixels> {
  const context = await browser.newContext({ deviceScaleFactor: dpi / CSS_DPI });
  try {
    const page = await context.newPage();
    await page.setContent(`<body style="margin: 0">${svg.replace('<svg ', '<svg style="display: block" ')}`);
    const { data, width, height } = PNG.sync.read(await page.locator('svg').screenshot());
    return { data: new Uint8ClampedArray(data), width, height };
  } finally {
    await context.close();
  }
}
