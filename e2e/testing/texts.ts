import { existsSync, readFileSync } from 'node:fs';

/** The folder of the whole project. */
export const root = new URL('../../', import.meta.url);

/** The text of a file of the project, by its path from the root. */
export const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

export const isThere = (path: string): boolean => existsSync(new URL(path, root));

/** What a pattern captures first, each time that it is found in a text. */
export const allIn = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);
