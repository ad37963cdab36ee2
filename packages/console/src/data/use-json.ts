import { keepPreviousData, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBegun } from '../begin/begun.ts';
import { isPassing, readJson, sendJson } from './client.ts';

/**
 * The service's answer to a path such as `/claims.json?q=abc`. The former answer stays until the next one arrives. `null`
 * asks nothing.
 */
export function useJson<T>(path: string | null): UseQueryResult<T> {
  return useQuery({
    queryKey: [path],
    enabled: path !== null,
    queryFn: ({ signal }) => readJson<T>(path ?? '', signal),
    placeholderData: keepPreviousData,
    retry: (count, error) => count < 2 && isPassing(error),
    staleTime: 5_000,
  });
}

/** Has the service change something; the data on screens is loaded again afterwards. */
export function useChange<Answer = object>(path: string) {
  const client = useQueryClient();
  const { Csrf } = useBegun();
  return useMutation<Answer, unknown, object>({
    mutationFn: (body) => sendJson<Answer>(path, body, Csrf),
    onSuccess: () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== '/console.json' }),
  });
}
