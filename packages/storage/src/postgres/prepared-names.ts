import type { QueryConfig } from 'pg';

/** What a statement that is asked often must not have: the columns of `*` are not those of the plan once a newer program adds one. */
const STAR = /\*(?!\))/;
/** Asked so often, a statement is prepared. */
const OFTEN = 5;
const MOST = 200;
/** A pooler that keeps no prepared statements, and a column whose type was changed. */
const NOT_PREPARED = ['26000', '42P05', '0A000'];

/**
 * Names for the statements that are asked often. A connection parses and plans a named one once, which takes PostgreSQL longer than
 * running most of them. Where the server refuses a name, none is given from then on.
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

  noteError(error: unknown): void {
    const { code } = error as { code?: string };
    if (code !== undefined && NOT_PREPARED.includes(code)) this.#isRefused = true;
  }

  #nameIfOften(text: string): string | undefined {
    if (this.#names.size === MOST || STAR.test(text)) return undefined;
    const times = (this.#times.get(text) ?? 0) + 1;
    if (this.#times.size === 10 * MOST) this.#times.clear();
    this.#times.set(text, times);
    if (times < OFTEN) return undefined;
    this.#times.delete(text);
    const name = `s${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}
