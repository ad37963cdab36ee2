import { describe, expect, it } from 'vitest';
import {
  formatExtensions,
  formatStoreIdentity,
  parseExtensions,
  parseStoreIdentity,
  RECORD_ID_EXTENSION,
  STORE_GENERATION_EXTENSION,
} from './extensions.ts';

describe('extension announcement', () => {
  it('reads back what it writes', () => {
    const spoken = [RECORD_ID_EXTENSION, STORE_GENERATION_EXTENSION];
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

describe('the identity of a store', () => {
  it.each([
    { generation: 'a-1', replaces: [] },
    { generation: 'c', replaces: ['b', 'a-1'] },
  ])('reads back what it writes', (identity) => {
    expect(parseStoreIdentity(formatStoreIdentity(identity))).toEqual(identity);
  });

  it('is not taken from a missing, repeated or garbled header', () => {
    for (const header of [undefined, ['a', 'b'], '', 'a,', 'a b', 'ü', 'a'.repeat(65)]) {
      expect(parseStoreIdentity(header)).toBe(null);
    }
  });
});
