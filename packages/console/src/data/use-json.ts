import { keepPreviousData, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBegun } from '../begin/begun.ts';
import { isPassing, readJson, sendJson } from './client.ts';

const whilePassing = (count: number, error: Error) => count < 2 && isPassing(error);

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
    retry: whilePassing,
    staleTime: 5_000,
  });
}

/**
 * What an operation would do, in the service's words; null until it has said so, and where there is nothing to be done. It is
 * former until the service has answered the latest input. `null` asks nothing.
 */
export function usePreview(path: string, body: object | null): { preview: string | null; isFormer: boolean } {
  const { Csrf } = useBegun();
  const { data, isPlaceholderData } = useQuery({
    queryKey: [`${path}/preview`, body],
    enabled: body !== null,
    queryFn: () => sendJson<{ Preview: string | null }>(`${path}/preview`, body ?? {}, Csrf),
    retry: whilePassing,
    gcTime: 0,
    // A dialog does not jump while somebody types.
    placeholderData: keepPreviousData,
  });
  return { preview: data?.Preview ?? null, isFormer: isPlaceholderData };
}

/** Changes by which something may get a name, or what has one may be added. There may be many thousands of names. */
const NAMING = /^\/(accounts|cinemas?)\//;

/**
 * Has the service change something; the data on screens is loaded again afterwards. Nothing of the answer is kept, which may be a
 * secret.
 */
export function useChange<Answer = object>(path: string) {
  const client = useQueryClient();
  const { Csrf } = useBegun();
  return useMutation<Answer, unknown, object>({
    mutationFn: (body) => sendJson<Answer>(path, body, Csrf),
    gcTime: 0,
    onSuccess: () =>
      client.invalidateQueries({
        predicate: ({ queryKey: [of] }) =>
          of !== '/console.json' && of !== `${path}/preview` && (of !== '/names.json' || NAMING.test(path)),
      }),
  });
}
