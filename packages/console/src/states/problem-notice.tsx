import { Alert, Button } from 'antd';
import { useWords } from '../begin/language.ts';
import { Problem } from '../data/problem.ts';
import { WORDS } from './words.ts';

/** A screen's words for its own refusals, by code; the text may name what the refusal is about. */
export type ProblemWords = Readonly<
  Record<string, { readonly title: string; readonly text: string | ((about: string) => string) }>
>;

/** Says in plain words what went wrong and what to do; `retry` is offered where it is given. */
export function ProblemNotice({ error, words, retry }: { error: unknown; words?: ProblemWords; retry?: () => void }) {
  const t = useWords(WORDS);
  const problem = error instanceof Problem ? error : new Problem('failed');
  const { title, text } = words?.[problem.code] ??
    t.problems[problem.code] ?? { title: t.other.title, text: t.other.text(problem.code) };
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={title}
      description={
        <>
          {typeof text === 'string' ? text : text(problem.about)}
          {problem.retryAfter === null ? null : ` ${t.retryIn(problem.retryAfter)}`}
          {problem.requestId === null ? null : (
            <p className="quiet">
              {t.requestId}: <code>{problem.requestId}</code>
            </p>
          )}
        </>
      }
      action={retry === undefined ? null : <Button onClick={retry}>{t.retry}</Button>}
    />
  );
}
