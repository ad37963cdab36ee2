import { describe, expect, it } from 'vitest';
import { formatExtensions, formatStoreGeneration, parseExtensions, parseStoreGeneration } from './extensions.ts';

describe('extension announcement', () => {
  it('reads back what it writes', () => {
    const spoken = ['record-id', 'store-generation'];
    expect(formatExtensions(spoken)).toBe('record-id, store-generation');
    expect([...parseExtensions(formatExtensions(spoken))]).toEqual(spoken);
  });

  it('takes a header sent twice, in any case and spacing, and keeps tokens it does not know', () => {
    expect([...parseExtensions(['Record-Id ,future-thing', ' store-generation'])]).toEqual([
      'record-id',
      'future-thing',
      'store-generation',
    ]);
  });

  it('takes nothing from a missing, empty or garbled header', () => {
    for (const header of [undefined, '', ' , ', 'a b;c=1, <x>']) expect(parseExtensions(header).size).toBe(0);
  });
});

describe('the generation of a store', () => {
  it.each([
    { generation: 'a-1', replaces: [] },
    { generation: 'c', replaces: ['b', 'a-1'] },
  ])('reads back what it writes', (store) => {
    expect(parseStoreGeneration(formatStoreGeneration(store))).toEqual(store);
  });

  const uuid = (n: number) => `01939ab0-0000-7000-8000-${String(n).padStart(12, '0')}`;
  const many = Array.from({ length: 40 }, (_, n) => uuid(n));

  it('holds a generation and the 15 that it replaced last', () => {
    const [generation = '', ...replaces] = many;
    const newest = { generation, replaces: replaces.slice(0, 15) };
    expect(formatStoreGeneration({ generation, replaces })).toBe(many.slice(0, 16).join(', '));
    expect(parseStoreGeneration(many.slice(0, 20).join(', '))).toEqual(newest);
  });

  it('is not taken from more than 1024 characters', () => {
    const last = 'a'.repeat(62);
    const text = `${'a,'.repeat(481)}${last}`;
    expect(text).toHaveLength(1024);
    expect(parseStoreGeneration(text)).not.toBe(null);
    expect(parseStoreGeneration(`${text}a`)).toBe(null);
    expect(parseStoreGeneration(`x${',a'.repeat(1_900_000)}`)).toBe(null);
  });

  it('is not taken from a missing, repeated or garbled header', () => {
    for (const header of [undefined, ['a', 'b'], '', 'a,', 'a b', 'ü', 'a'.repeat(65)]) {
      expect(parseStoreGeneration(header)).toBe(null);
    }
  });
});
