import { describe, expect, it } from 'vitest';
import { formatExtensions, parseExtensions, RECORD_ID_EXTENSION, STORE_GENERATION_EXTENSION } from './extensions.ts';

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
