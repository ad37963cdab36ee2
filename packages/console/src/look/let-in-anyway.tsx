import { type InEachLanguage, useLanguage, useWords } from '../begin/language.ts';
import { verdictWords } from './code-words.tsx';

const zh = { overridden: (verdict: string) => `人工放行（原判定：${verdict}）` };
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: { overridden: (verdict) => `Let in by a supervisor (was refused: ${verdict})` },
};

/** Says of an entry that it was a decision of a person, and what had been said to it; nothing of any other entry. */
export function LetInAnyway({ verdict }: { verdict: string | undefined }) {
  const { overridden } = useWords(WORDS);
  const language = useLanguage();
  return verdict === undefined ? null : <div>{overridden(verdictWords(verdict, language))}</div>;
}
