import advice from './advice.json' with { type: 'json' };

/** What can be wrong with a signed request: each has its advice, in the words of the languages and libraries in which it is made. */
export type MistakeCode = keyof typeof advice;

/** A sentence in English and Chinese. */
export type Said = { readonly en: string; readonly zh: string };

/** A mistake that was found: where, and what exactly. */
export type Mark = { readonly code: MistakeCode; readonly where: string; readonly says: Said };

export const mark = (code: MistakeCode, where: string, en: string, zh: string): Mark => ({
  code,
  where,
  says: { en, zh },
});

/** What was found and what to change, in both languages. */
export const adviceOn = ({ code, says: { en, zh } }: Mark): Said => ({
  en: `${en} ${advice[code].en}`,
  zh: `${zh}${advice[code].zh}`,
});
