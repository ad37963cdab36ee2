import { describe, expect, it } from 'vitest';
import { readCases, refusalOf } from '../testing/vectors.ts';
import { parsePublicKey } from './parse-public-key.ts';

type Expected = { key: string; spki: string; fingerprint: string; modulusLength: number };
type KeyCase = { name: string; text: string; expected?: Expected; error?: string };

describe('public key strings', () => {
  it.each(readCases<KeyCase>('public-keys.json'))('vector: $name', ({ text, expected, error }) => {
    if (expected === undefined) {
      expect(refusalOf(() => parsePublicKey(text)).code).toBe(error);
      return;
    }
    const { key, ...read } = parsePublicKey(text);
    expect({ key: expected.key, ...read }).toEqual(expected);
    expect(key.type).toBe('public');
  });

  it('reads back the form that it sends', () => {
    for (const { text, expected } of readCases<KeyCase>('public-keys.json')) {
      if (expected === undefined) continue;
      const { spki } = parsePublicKey(text);
      expect(parsePublicKey(spki).spki).toBe(spki);
    }
  });
});
