import { describe, expect, it } from 'vitest';
import { LineTooLong, LONGEST_LINE, linesOf } from './lines.ts';

async function* inPieces(text: string, size: number) {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function read(text: string, size = 1 << 16) {
  const lines: [number, string][] = [];
  for await (const { number, bytes } of linesOf(inPieces(text, size))) lines.push([number, bytes.toString()]);
  return lines;
}

describe('linesOf', () => {
  it('cuts the same lines wherever the stream is cut', async () => {
    const text = '{"影厅":"一"}\r\n\n{"b":2}\n{"c":3}';
    const expected = [
      [1, '{"影厅":"一"}'],
      [2, ''],
      [3, '{"b":2}'],
      [4, '{"c":3}'],
    ];
    for (let size = 1; size < 40; size += 1) expect(await read(text, size)).toEqual(expected);
  });

  it('has no line after the last line feed, and none in nothing', async () => {
    expect(await read('a\n')).toEqual([[1, 'a']]);
    expect(await read('')).toEqual([]);
  });

  it('takes a line of the greatest length and refuses a longer one', async () => {
    expect(await read(`a\n${'x'.repeat(LONGEST_LINE)}\nb`)).toHaveLength(3);
    await expect(read(`a\n${'x'.repeat(LONGEST_LINE + 1)}\nb`)).rejects.toMatchObject({ line: 2 });
  });

  it('gives an endless line up instead of gathering it', async () => {
    let taken = 0;
    async function* endless() {
      for (;;) {
        taken += 1;
        yield Buffer.alloc(16 * 1024, 'x');
      }
    }
    await expect(async () => {
      for await (const _ of linesOf(endless()));
    }).rejects.toThrow(LineTooLong);
    expect(taken).toBeLessThan(10);
  });
});
