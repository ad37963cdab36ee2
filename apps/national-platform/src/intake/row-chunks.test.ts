import { cinemaRow } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { linesOf, parseLine } from './row-chunks.ts';

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
    const expected = [
      [1, '{"影厅":"一"}\r'],
      [2, ''],
      [3, '{"b":2}'],
      [4, '{"c":3}'],
    ];
    for (let size = 1; size < 40; size += 1) {
      expect(await read('{"影厅":"一"}\r\n\n{"b":2}\n{"c":3}', size)).toEqual(expected);
    }
  });

  it('has no line after the last line feed, and none in nothing', async () => {
    expect(await read('a\n')).toEqual([[1, 'a']]);
    expect(await read('')).toEqual([]);
  });
});

describe('parseLine', () => {
  const parse = (text: string | Buffer) => parseLine(cinemaRow, Buffer.from(text));

  it.each(['', '\uFEFF', 'with other elements'])('reads a row: %j', (what) => {
    const more = what === 'with other elements' ? ',"More":[{"a":1}]' : '';
    const mark = what === '\uFEFF' ? what : '';
    const line = `${mark}{"CinemaCode":"31012801","CinemaName":"示例影城"${more}}\r`;
    expect(parse(line)).toEqual({ cinemaCode: '31012801', cinemaName: '示例影城' });
  });

  it('passes over empty lines', () => {
    for (const line of ['', '\r', ' \t']) expect(parse(line)).toBeNull();
  });

  it.each([
    ['{"CinemaCode":"31012801"', 'INVALID_JSON'],
    ['{"CinemaCode":"31012801","CinemaName":"一","CinemaName":"二"}', 'DUPLICATE_KEY'],
    ['["31012801"]', 'WRONG_TYPE'],
    ['null', 'WRONG_TYPE'],
    ['{"CinemaCode":"31012801"}', 'MISSING_ELEMENT'],
    [Buffer.from([0xce, 0xd2]), 'INVALID_ENCODING'],
  ])('refuses %s with %s', (text, code) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
  });
});
