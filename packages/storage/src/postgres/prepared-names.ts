import { createHash } from 'node:crypto';
import type { QueryConfig } from 'pg';

/** What a named statement must not have: the columns of `*` are not those of its plan once a newer program adds one. */
const STAR = /\*(?!\))/;
/** Rows are looked for in the months of given ones. A plan for any values would lock all months, also one that is being dropped. */
const LOOKS_IN_MONTHS = /^(?!\s*(?:with part_0 as \()?insert\b).*\bfirst_start_time\b/is;
/** Asked so often, a statement is prepared. */
const OFTEN = 5;
const MOST = 200;
/** A pooler that keeps no prepared statements, and a column whose type was changed. */
const NOT_PREPARED = ['26000', '42P05', '0A000'];

/**
 * Names for statements that are asked often: a connection parses such a one once. Where the server refuses a name, none
 * is given from then on. A name is a hash of its text: a pooler that mixes up clients cannot run another one under it.
 */
export class PreparedNames {
  readonly #times = new Map<string, number>();
  readonly #names = new Map<string, string>();
  #isRefused = false;

  queryOf(text: string, values: readonly unknown[]): QueryConfig {
    const query = { text, values: [...values] };
    if (values.length === 0 || this.#isRefused) return query;
    const name = this.#names.get(text) ?? this.#nameIfOften(text);
    return name === undefined ? query : { ...query, name };
  }

  noteError(error: unknown, text: string): void {
    const { code } = error as { code?: string };
    if (code !== undefined && NOT_PREPARED.includes(code) && this.#names.has(text)) this.#isRefused = true;
  }

  #nameIfOften(text: string): string | undefined {
    if (this.#names.size === MOST || STAR.test(text) || LOOKS_IN_MONTHS.test(text)) return undefined;
    const times = (this.#times.get(text) ?? 0) + 1;
    if (this.#times.size === 10 * MOST) this.#times.clear();
    this.#times.set(text, times);
    if (times < OFTEN) return undefined;
    this.#times.delete(text);
    const name = createHash('sha256').update(text).digest('base64url').slice(0, 24);
    this.#names.set(text, name);
    return name;
  }
}
