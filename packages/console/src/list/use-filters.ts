import { useSearchParams } from 'wouter';

/** The position in a list; another filter resets it. */
const POSITION = 'after';

type Filters = {
  /** What the address holds, by name; `''` where it holds nothing. */
  of(name: string): string;
  /** Sets filters in the address, so that it can be given to a colleague; what is empty is left out. */
  set(filters: Readonly<Record<string, string>>): void;
  /** The query of the address as it stands, position included: what the list asks the service with. */
  readonly query: string;
};

/** The filters of a list, which its address holds. */
export function useFilters(): Filters {
  const [parameters, setParameters] = useSearchParams();
  return {
    of: (name) => parameters.get(name) ?? '',
    set(filters) {
      const next = new URLSearchParams(parameters);
      next.delete(POSITION);
      for (const [name, value] of Object.entries(filters)) {
        if (value === '') next.delete(name);
        else next.set(name, value);
      }
      setParameters(next);
    },
    query: parameters.toString(),
  };
}

/** The path of data under a query; without `?` for an empty query. */
export const withQuery = (path: string, query: string): string => (query === '' ? path : `${path}?${query}`);
