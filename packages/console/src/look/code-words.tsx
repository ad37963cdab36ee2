import { ERROR_CODES } from '@ticket-check/protocol/errors';
import { VERDICTS } from '@ticket-check/protocol/verdicts';
import { inEachLanguage, type Language, useLanguage, useWords } from '../begin/begun.ts';

type Known = Readonly<Record<string, { readonly en: string; readonly zh: string }>>;

export const verdictWords = (verdict: string, language: Language): string =>
  (VERDICTS as Known)[verdict]?.[language] ?? verdict;

/** The words for an error code of the scheme; empty for an undocumented code. */
export function errorWords(code: string, language: Language): string {
  if (!Object.hasOwn(ERROR_CODES, code)) return '';
  const { zh, what } = ERROR_CODES[code as keyof typeof ERROR_CODES];
  return language === 'zh' ? zh : what;
}

/** An error code, what it says, and what the one who refused said of it, in the language that this one speaks. */
export function CodeWords({ code, said = '' }: { code: string; said?: string | undefined }) {
  const words = errorWords(code, useLanguage());
  return (
    <>
      {words === '' ? null : <div>{words}</div>}
      <code className="quiet">{code}</code>
      {said === '' || said === words ? null : (
        <div>
          <q className="quiet">{said}</q>
        </div>
      )}
    </>
  );
}

const WORDS = inEachLanguage({
  overridden: (verdict: string) => [
    `人工放行（原判定：${verdict}）`,
    `Let in by a supervisor (was refused: ${verdict})`,
  ],
});

/** Says of an entry that it was a decision of a person, and what had been said to it; nothing of any other entry. */
export function LetInAnyway({ verdict }: { verdict: string | undefined }) {
  const { overridden } = useWords(WORDS);
  const language = useLanguage();
  return verdict === undefined ? null : <div>{overridden(verdictWords(verdict, language))}</div>;
}
