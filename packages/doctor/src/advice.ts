import advice from './advice.json' with { type: 'json' };
import type { MistakeCode, Said } from './mistakes.ts';

/** What to change, by mistake, in the words of the languages and libraries in which it is made. */
const ADVICE: Readonly<Record<MistakeCode, Said>> = advice;

/** What was found and what to change, in both languages. */
export const adviceOn = (code: MistakeCode, { en, zh }: Said): Said => ({
  en: `${en} ${ADVICE[code].en}`,
  zh: `${zh}${ADVICE[code].zh}`,
});
