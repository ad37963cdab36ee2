import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, type ReadResult, readBarcodes } from 'zxing-wasm/reader';

let prepared: Promise<unknown> | undefined;

/** The reader's program comes from its package; by itself it would load it from the network. */
function prepare(): Promise<unknown> {
  prepared ??= readFile(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'))).then((wasmBinary) =>
    prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasmBinary).buffer }, fireImmediately: true }),
  );
  return prepared;
}

/** An image of four bytes a pixel. */
type Pixels = { data: Uint8ClampedArray; width: number; height: number };

/** Reads the symbols in a PNG file or an image. */
export async function readSymbols(image: Uint8Array | Pixels): Promise<ReadResult[]> {
  await prepare();
  // An image is a browser's ImageData to the reader, of which it uses no more than this.
  return readBarcodes(image as Parameters<typeof readBarcodes>[0], { formats: ['QRCode'] });
}

/**
 * Draws an SVG symbol whose dark modules are horizontal strokes of one path, as a printer would: `scale` dots a module.
 */
export function drawSvg(svg: string, scale: number): Pixels {
  const [, side] = /viewBox="0 0 (\d+) \1"/.exec(svg) ?? [];
  const [, path] = /<path stroke="#000000" d="([^"]+)"/.exec(svg) ?? [];
  if (side === undefined || path === undefined) throw new Error('not an SVG symbol');
  const width = Number(side) * scale;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  const pixels: Pixels = { data, width, height: width };
  let x = 0;
  let y = 0;
  for (const [, command, numbers = ''] of path.matchAll(/([Mmh])([^Mmh]*)/g)) {
    const [first = 0, second = 0] = numbers
      .trim()
      .split(/[ ,]+|(?=-)/)
      .map(Number);
    if (command === 'M') [x, y] = [first, second];
    else if (command === 'm') [x, y] = [x + first, y + second];
    else {
      fillBlack(pixels, x * scale, (y - 0.5) * scale, first * scale, scale);
      x += first;
    }
  }
  return pixels;
}

function fillBlack({ data, width }: Pixels, left: number, top: number, columns: number, rows: number): void {
  for (let row = top; row < top + rows; row += 1) {
    for (let column = left; column < left + columns; column += 1) {
      data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3);
    }
  }
}
