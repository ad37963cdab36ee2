import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, type ReadResult, readBarcodes } from 'zxing-wasm/reader';

let prepared: Promise<unknown> | undefined;

/** The reader's program comes from its package; by default it would load it from the network. */
function prepare(): Promise<unknown> {
  prepared ??= readFile(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'))).then((wasmBinary) =>
    prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasmBinary).buffer }, fireImmediately: true }),
  );
  return prepared;
}

/** An image of four bytes a pixel. */
export type Pixels = { data: Uint8ClampedArray; width: number; height: number };

/** Reads the symbols in a PNG file or an image. */
export async function readSymbols(image: Uint8Array | Pixels): Promise<ReadResult[]> {
  await prepare();
  // The reader expects a browser's ImageData, and uses only these fields of it.
  return readBarcodes(image as Parameters<typeof readBarcodes>[0], { formats: ['QRCode'] });
}

const PIXELS_A_MODULE = 4;

/** The text of a symbol that an SVG draws as one path of runs of modules, as an e-ticket's page does; null if nothing can be read. */
export async function readSymbolSvg(svg: string): Promise<string | null> {
  const side = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1] ?? 0) * PIXELS_A_MODULE;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x = '', y = '', length = ''] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    const [from, width] = [Number(x) * PIXELS_A_MODULE, Number(length) * PIXELS_A_MODULE];
    for (let row = Number(y) * PIXELS_A_MODULE; row < (Number(y) + 1) * PIXELS_A_MODULE; row += 1) {
      for (let column = from; column < from + width; column += 1) {
        data.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
      }
    }
  }
  const [symbol] = await readSymbols({ data, width: side, height: side });
  return symbol?.text ?? null;
}
