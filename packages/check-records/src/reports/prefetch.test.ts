import { expect, it } from 'vitest';
import { prefetch } from './prefetch.ts';

it('reads one page ahead and no further, and ends the source with the reader', async () => {
  const seen: string[] = [];
  async function* pages(): AsyncGenerator<number, void> {
    try {
      for (let page = 1; page <= 4; page += 1) {
        seen.push(`read ${page}`);
        yield page;
      }
    } finally {
      seen.push('ended');
    }
  }
  for await (const page of prefetch(pages())) {
    seen.push(`taken ${page}`);
    if (page === 2) break;
  }
  expect(seen).toEqual(['read 1', 'read 2', 'taken 1', 'read 3', 'taken 2', 'ended']);
});

it('throws the source’s error once the pages before it were taken', async () => {
  async function* pages(): AsyncGenerator<number, void> {
    yield 1;
    throw new Error('the disk is gone');
  }
  const taken: number[] = [];
  const taking = async () => {
    for await (const page of prefetch(pages())) taken.push(page);
  };
  await expect(taking()).rejects.toThrow('the disk is gone');
  expect(taken).toEqual([1]);
});
