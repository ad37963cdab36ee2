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

/** A line of pixels beside a box: how far from it, in which direction. */
const SIDES = {
  left: (box: Box, away: number) => ({ ...box, left: box.left - away, right: box.left - away }),
  right: (box: Box, away: number) => ({ ...box, left: box.right + away, right: box.right + away }),
  top: (box: Box, away: number) => ({ ...box, top: box.top - away, bottom: box.top - away }),
  bottom: (box: Box, away: number) => ({ ...box, top: box.bottom + away, bottom: box.bottom + away }),
};

/** Measures a symbol on a rendered page in millimetres: from edge to edge, and how far the paper around it is blank at least. */
export function measureSymbol(pixels: Pixels, { position }: ReadResult, dpi: number) {
  const { topLeft, bottomRight } = position;
  // The corners that the reader saw; they may be off by a few pixels.
  let box: Box = { left: topLeft.x + 3, top: topLeft.y + 3, right: bottomRight.x - 3, bottom: bottomRight.y - 3 };
  for (const side of ['left', 'right', 'top', 'bottom'] as const) {
    while (hasDark(pixels, SIDES[side](box, 1))) box = { ...box, [side]: SIDES[side](box, 1)[side] };
  }
  const blank = (['left', 'right', 'top', 'bottom'] as const).map((side) => {
    let away = 1;
    while (isOnPage(pixels, SIDES[side](box, away)) && !hasDark(pixels, SIDES[side](box, away))) away += 1;
    return away - 1;
  });
  const inMm = (dots: number) => (dots * MM_PER_INCH) / dpi;
  return {
    width: inMm(box.right - box.left + 1),
    height: inMm(box.bottom - box.top + 1),
    quietZone: inMm(Math.min(...blank)),
  };
}

function isOnPage({ width, height }: Pixels, { left, top, right, bottom }: Box): boolean {
  return left >= 0 && top >= 0 && right < width && bottom < height;
}

function hasDark({ data, width }: Pixels, { left, top, right, bottom }: Box): boolean {
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) if ((data[(y * width + x) * 4] ?? DARK) < DARK) return true;
  }
  return false;
}
