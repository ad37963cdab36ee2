import type advice from './advice.json';

/** What can be wrong with a signed request: each has its advice, in the words of the languages and libraries in which it is made. */
type MistakeCode = keyof typeof advice;

/** A mistake that was found: where, and what exactly, in a sentence of each language. */
export type Mark = { readonly code: MistakeCode; readonly where: string; readonly en: string; readonly zh: string };

export const mark = (code: MistakeCode, where: string, en: string, zh: string): Mark => ({ code, where, en, zh });
