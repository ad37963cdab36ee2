import type { Browser } from 'playwright-core';
import type { Pixels } from './read-symbols.ts';

const MM_PER_INCH = 25.4;

/** Renders an SVG file in a browser at its own size, with `dpi` dots per inch. */
export async function renderSvg(browser: Browser, svg: string, dpi: number): Promise<Pixels> {
  const [, widthMm, heightMm] = /width="([\d.]+)mm" height="([\d.]+)mm"/.exec(svg) ?? [];
  const [width, height] = [widthMm, heightMm].map((mm) => Math.round((Number(mm) / MM_PER_INCH) * dpi));
  const page = await browser.newPage();
  try {
    const base64 = await page.evaluate(`(async () => {
      const image = new Image(${width}, ${height});
      image.src = URL.createObjectURL(new Blob([${JSON.stringify(svg)}], { type: 'image/svg+xml' }));
      await image.decode();
      const context = new OffscreenCanvas(${width}, ${height}).getContext('2d');
      context.drawImage(image, 0, 0, ${width}, ${height});
      return new Uint8Array(context.getImageData(0, 0, ${width}, ${height}).data.buffer).toBase64();
    })()`);
    return {
      data: new Uint8ClampedArray(Buffer.from(String(base64), 'base64')),
      width: width ?? 0,
      height: height ?? 0,
    };
  } finally {
    await page.close();
  }
}
