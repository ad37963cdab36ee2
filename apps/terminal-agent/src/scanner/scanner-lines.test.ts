import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { type ScannerSuffix, scannerLines } from './scanner-lines.ts';

async function textsOf(chunks: (string | Buffer)[], suffix: ScannerSuffix = 'enter'): Promise<string[]> {
  const texts: string[] = [];
  const input = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  for await (const text of scannerLines(input, suffix)) texts.push(text);
  return texts;
}

it('puts a code together that arrives in pieces', async () => {
  expect(await textsOf(['3101', '2801ab', 'cd\r', '\n'])).toEqual(['31012801abcd']);
});

it('takes codes apart that arrive back to back', async () => {
  expect(await textsOf(['first\nsecond\nthi', 'rd\n'])).toEqual(['first', 'second', 'third']);
});

it('takes a character that was cut between two pieces as one', async () => {
  const [start, end] = [Buffer.from('票').subarray(0, 1), Buffer.from('票').subarray(1)];
  expect(await textsOf([start, end])).toEqual(['票']);
});

it('ends a text at a tab where that is the suffix', async () => {
  expect(await textsOf(['one\ttwo\t'], 'tab')).toEqual(['one', 'two']);
});

it('hands over a last text that has no suffix', async () => {
  expect(await textsOf(['one\ntwo'])).toEqual(['one', 'two']);
});

it('holds no more than 4096 characters of a text that never ends, and reads on after it', async () => {
  const [long, next] = await textsOf([...Array.from({ length: 100 }, () => 'x'.repeat(1000)), '\nnext\n']);
  expect(long).toHaveLength(4096);
  expect(next).toBe('next');
});
