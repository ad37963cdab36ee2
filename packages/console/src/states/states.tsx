import type { UseQueryResult } from '@tanstack/react-query';
import { Alert, Button, Skeleton } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { useLanguage, useWords } from '../begin/begun.ts';
import { Problem } from '../data/client.ts';
import { shownSpan } from '../look/shown.ts';
import { WORDS } from './words.ts';

/** Says that there is nothing, why that may be, and what to do next. */
export function Nothing({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <div className="nothing">
      <p className="nothing-title">{title}</p>
      {text === undefined ? null : <p className="quiet">{text}</p>}
      {children}
    </div>
  );
}

/** Stands where something will be; after a second it says for how long it has been under way. */
export function Waiting({ text }: { text?: string }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="waiting">
      <p role="status" className="quiet">
        {text ?? t.reading} {seconds < 2 ? null : t.readingLong(shownSpan(seconds, language))}
      </p>
      <Skeleton title={false} paragraph={{ rows: 4 }} active />
    </div>
  );
}

/** Shows what the service answered: until then that it is under way, and instead what went wrong. */
export function Answered<T>({
  query,
  words,
  children,
}: {
  query: UseQueryResult<T>;
  words?: ProblemWords;
  children(data: T): ReactNode;
}) {
  if (query.isError) {
    return <ProblemNotice error={query.error} {...(words && { words })} retry={() => void query.refetch()} />;
  }
  if (query.data === undefined) return <Waiting />;
  return <div aria-busy={query.isPlaceholderData}>{children(query.data)}</div>;
}

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
