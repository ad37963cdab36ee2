import { use } from 'react';
import { BegunContext, type Language } from './begun.ts';

/** Something in each language; Chinese first. */
export type InEachLanguage<T> = Readonly<Record<Language, T>>;

/** The language that was chosen; Chinese where it is not known yet. */
export function useLanguage(): Language {
  return use(BegunContext)?.Language ?? 'zh';
}

/** The words of a screen in the language that was chosen. */
export function useWords<T>(words: InEachLanguage<T>): T {
  return words[useLanguage()];
}
