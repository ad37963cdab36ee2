import { type UseQueryResult, useQueryClient } from '@tanstack/react-query';
import { useJson } from '../data/use-json.ts';
import { type Freshness, useTopic } from './use-topic.ts';

/**
 * The service's answer to a path, kept up to date by a topic, which gets the query of the path. Without a topic the answer stays
 * as it is.
 */
export function useLiveJson<T>(
  path: string,
  topic: string | undefined,
): { readonly answer: UseQueryResult<T>; readonly freshness: Freshness } {
  const client = useQueryClient();
  const answer = useJson<T>(path);
  // A refused request is not repeated.
  const isAnswered = answer.data !== undefined && !answer.isPlaceholderData;
  const asked = new URLSearchParams(path.split('?')[1]);
  if (topic !== undefined) asked.set('topic', topic);
  const freshness = useTopic(topic !== undefined && isAnswered ? asked.toString() : null, (data) => {
    // An older answer that is under way would overwrite it.
    void client.cancelQueries({ queryKey: [path], exact: true }).then(() => client.setQueryData([path], data as T));
  });
  return { answer, freshness };
}
