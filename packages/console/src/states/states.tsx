import { Alert, Button, Empty, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useDeclared, useWords } from '../begin/begun.ts';
import { Problem } from '../data/client.ts';
import { LiveLabel, useLiveJson } from '../live/use-live.tsx';
import { WORDS } from './words.ts';

/** Says that there is nothing, why that may be, and what to do next. */
export function Nothing({ title, text, children }: { title: string; text?: string | undefined; children?: ReactNode }) {
  return (
    <Empty image={null} description={<strong>{title}</strong>}>
      {text === undefined ? null : <p className="quiet">{text}</p>}
      {children}
    </Empty>
  );
}

export function Waiting() {
  const t = useWords(WORDS);
  return (
    <div className="waiting">
      <p role="status" className="quiet">
        {t.reading}
      </p>
      <Skeleton title={false} paragraph={{ rows: 4 }} active />
    </div>
  );
}

/** Shows what the service answers to a path: until then that it is under way, and instead what went wrong. */
export function Answered<T>({
  path,
  live: topic,
  words,
  children,
}: {
  path: string;
  /** The topic that updates the answer, if that is not the one of a declared list; without one the answer stays as it was loaded. */
  live?: string | undefined;
  words?: ProblemWords | undefined;
  children(data: T): ReactNode;
}) {
  const declared = useTopicOf(path);
  const live = topic ?? declared;
  const { answer, freshness } = useLiveJson<T>(path, live);
  const t = useWords(WORDS);
  if (answer.error instanceof Problem && answer.error.code === 'choose-cinema') return <Nothing {...t.chooseCinema} />;
  if (answer.isError) return <ProblemNotice error={answer.error} words={words} retry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <Waiting />;
  return (
    <div aria-busy={answer.isPlaceholderData}>
      {live === undefined ? null : <LiveLabel freshness={freshness} />}
      {children(answer.data)}
    </div>
  );
}

/** The topic of the list that a path reads, where the list has one by what is asked for. */
function useTopicOf(path: string): string | undefined {
  const [of = '', query] = path.split('.json');
  const { Live } = useDeclared(of);
  const asked = [...new URLSearchParams(query).keys()];
  const isFollowed = typeof Live === 'boolean' ? Live : asked.every((name) => Live.includes(name));
  return isFollowed ? of.slice(1) : undefined;
}

/** A screen's words for its own refusals, by code; the text may name what the refusal is about. */
export type ProblemWords = Readonly<
  Record<string, { readonly title: string; readonly text: string | ((about: string) => string) }>
>;

/** Says in plain words what went wrong and what to do; `retry` is offered where it is given. */
export function ProblemNotice({
  error,
  words,
  retry,
}: {
  error: unknown;
  words?: ProblemWords | undefined;
  retry?: () => void;
}) {
  const t = useWords(WORDS);
  const { code: given, more } = error instanceof Problem ? error : new Problem('failed');
  const code = given.startsWith('bad-') ? 'bad-input' : given;
  const { title, text } = words?.[given] ??
    t.problems[code] ?? { title: t.other.title, text: more.sentence || t.other.text(code) };
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={title}
      description={
        <>
          {typeof text === 'string' ? text : text(more.about)}
          {more.retryAfter === null ? null : ` ${t.retryIn(more.retryAfter)}`}
          {more.requestId === null ? null : (
            <p className="quiet">
              {t.requestId}: <code>{more.requestId}</code>
            </p>
          )}
        </>
      }
      action={retry === undefined ? null : <Button onClick={retry}>{t.retry}</Button>}
    />
  );
}
