import type { Browser } from 'playwright-core';
import type { ReadResult } from 'zxing-wasm/reader';
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

const DARK = 128;

type Box = { left: number; top: number; right: number; bottom: number };

/** The least box around what is dark within a box, both with their edges. */
function darkIn({ data, width }: Pixels, { left, top, right, bottom }: Box): Box {
  const dark: Box = { left: right, top: bottom, right: left, bottom: top };
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) {
      if ((data[(y * width + x) * 4] ?? DARK) >= DARK) continue;
      dark.left = Math.min(dark.left, x);
      dark.top = Math.min(dark.top, y);
      dark.right = Math.max(dark.right, x);
      dark.bottom = Math.max(dark.bottom, y);
    }
  }
  return dark;
}

const grown = ({ left, top, right, bottom }: Box, by: number): Box => ({
  ...{ left: Math.round(left - by), top: Math.round(top - by) },
  ...{ right: Math.round(right + by), bottom: Math.round(bottom + by) },
});

/** Measures a symbol on a rendered page in millimetres, and whether the paper around it is blank for four modules, less a dot. */
export function measureSymbol(pixels: Pixels, { position }: ReadResult, modules: number, dpi: number) {
  const { topLeft, bottomRight } = position;
  const seen = { left: topLeft.x, top: topLeft.y, right: bottomRight.x, bottom: bottomRight.y };
  // The corners that the reader saw may be off by a few pixels.
  const symbol = darkIn(pixels, grown(seen, 5));
  const [width, height] = [symbol.right - symbol.left + 1, symbol.bottom - symbol.top + 1];
  const around = darkIn(pixels, grown(symbol, Math.floor((4 * width) / modules) - 1));
  const inMm = (dots: number) => (dots * MM_PER_INCH) / dpi;
  return { width: inMm(width), height: inMm(height), hasQuietZone: JSON.stringify(around) === JSON.stringify(symbol) };
}
