import type { NamedKind } from '../begin/begun.ts';

/** What a list can be narrowed by; the address holds it under `name`. */
export type FilterField = {
  readonly name: string;
  /** The field that does not hold while this one is set, and the other way round. */
  readonly instead?: string;
} & (
  | {
      readonly kind: 'text';
      readonly label: string;
      readonly hint?: string;
    }
  /** A business date; `usual`, or that of today, where the address says nothing. Several, to that under `until`, where the list takes them. */
  | { readonly kind: 'date'; readonly label: string; readonly until?: string; readonly usual?: string }
  /** From the date under `name` to that under `until`; any where the address says nothing. */
  | { readonly kind: 'dates'; readonly label: string; readonly until: string }
  /** The first choice is what holds where the address says nothing. */
  | {
      readonly kind: 'choice';
      readonly label: string;
      readonly choices: readonly (readonly [value: string, label: string])[];
    }
  /** A thing of a kind, by its name or code. */
  | { readonly kind: 'pick'; readonly of: NamedKind; readonly label?: string }
);

/** The names under which the address holds a field. */
export const namesOf = (field: FilterField): string[] =>
  'until' in field && field.until !== undefined ? [field.name, field.until] : [field.name];
