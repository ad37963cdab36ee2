import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemNotice, type ProblemWords } from './problem-notice.tsx';
import { Waiting } from './waiting.tsx';

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
