import type { NamedKind } from '@ticket-check/admin/changes';
import { useLocation, useSearch } from 'wouter';

/** What a list can be narrowed by; the address holds it under `name`. Its label is by default what the element of that name is called. */
export type FilterField = {
  readonly name: string;
  readonly label?: string;
} & (
  | { readonly kind: 'text'; readonly hint?: string }
  | { readonly kind: 'time' }
  /**
   * A business date; `usual`, or that of today, where the address says nothing. Several, to that under `until`, where the list takes
   * them; the empty text as `usual`: any date.
   */
  | { readonly kind: 'date'; readonly until?: string; readonly usual?: string }
  /** One of these, or all; `always`: one of them, the first where the address says nothing. */
  | { readonly kind: 'choice'; readonly choices: Readonly<Record<string, string>>; readonly always?: true }
  /** A thing of a kind, by its name or code. */
  | { readonly kind: 'pick'; readonly of: NamedKind }
);

export const namesOf = (field: FilterField): string[] =>
  'until' in field && field.until !== undefined ? [field.name, field.until] : [field.name];

type Texts = Readonly<Record<string, string | undefined>>;

type Filters = {
  /** What the address holds, by name; `''` where it holds nothing. */
  of(name: string): string;
  /** The address of this screen with other filters, to be given to a colleague; what is empty is left out. */
  linkTo(filters: Texts): string;
  set(filters: Texts): void;
  /** The query of the address as it stands, position included: what the list asks the service with. */
  readonly query: string;
};

export function useFilters(): Filters {
  const [location, goTo] = useLocation();
  const parameters = new URLSearchParams(useSearch());
  // Another filter leads to the first part of a list.
  const linkTo = (filters: Texts) => withQuery(location, { ...Object.fromEntries(parameters), after: '', ...filters });
  return {
    of: (name) => parameters.get(name) ?? '',
    linkTo,
    set: (filters) => goTo(linkTo(filters)),
    query: parameters.toString(),
  };
}

/** The path of data with a query, or with parameters, leaving out empty ones, and `?` if all are. */
export function withQuery(path: string, asked: string | Texts): string {
  const given = typeof asked === 'string' ? [] : Object.entries(asked).map(([name, value = '']) => [name, value]);
  const query = typeof asked === 'string' ? asked : `${new URLSearchParams(given.filter(([, value]) => value !== ''))}`;
  return query === '' ? path : `${path}?${query}`;
}
