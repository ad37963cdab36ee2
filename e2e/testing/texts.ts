import { existsSync, readFileSync } from 'node:fs';

export const root = new URL('../../', import.meta.url);

export const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

export const isThere = (path: string): boolean => existsSync(new URL(path, root));

/** What a pattern captures first, each time that it is found in a text. */
export const allIn = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);
