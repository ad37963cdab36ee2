import type { NamedKind } from '@ticket-check/admin/changes';

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
