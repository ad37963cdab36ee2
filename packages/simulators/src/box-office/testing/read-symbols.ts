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
