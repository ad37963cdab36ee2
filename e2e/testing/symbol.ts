import { readSymbols } from '@ticket-check/box-office/testing';

const SCALE = 4;

/** The text of the one symbol in an SVG whose dark modules are runs of a path, read by a decoder as a scanner does. */
export async function symbolText(svg: string): Promise<string> {
  const side = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]) * SCALE;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, length] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * SCALE; row < (Number(y) + 1) * SCALE; row += 1) {
      for (let column = Number(x) * SCALE; column < (Number(x) + Number(length)) * SCALE; column += 1) {
        data.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
      }
    }
  }
  const [symbol] = await readSymbols({ data, width: side, height: side });
  return symbol?.text ?? '';
}
