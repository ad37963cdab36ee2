import { type RawBuilder, sql } from 'kysely';
import { inDatabase } from './column-names.ts';
import type { Engine } from './migrations.ts';
import { StoreError } from './store-error.ts';

export type ColumnType = 'text' | 'integer';

/** A row as the database returns it: a missing value is null. */
export type RowOf<R, K extends keyof R> = {
  [P in K]: undefined extends R[P] ? Exclude<R[P], undefined> | null : R[P];
};

export function rowsAsTable<R extends object, K extends keyof R & string>(
  engine: Engine,
  rows: readonly R[],
  columns: Record<K, ColumnType>,
): RawBuilder<RowOf<R, K>> {
  const names = Object.keys(columns) as K[];
  if (names.length === 0) throw new TypeError('rowsAsTable needs at least one column');
  const ids = names.map((name) => sql.id(inDatabase(name)));
  const parameters = parametersOf(engine, rows, columns).map((parameter) => sql.val(parameter));

  if (engine === 'sqlite') {
    const values = ids.map((id, index) => sql`value ->> ${sql.lit(index)} as ${id}`);
    // jsonb_each: json_each would parse each row's text again for every column.
    return sql`(select ${sql.join(values)} from jsonb_each(${parameters[0]}))`;
  }
  const arrays = names.map((name, index) =>
    columns[name] === 'integer' ? sql`${parameters[index]}::bigint[]` : sql`${parameters[index]}::text[]`,
  );
  return sql`(select * from unnest(${sql.join(arrays)}) as given(${sql.join(ids)}))`;
}

/** The parameters of `rowsAsTable`, in their order: all that differs between two queries over rows. */
export function parametersOf<R extends object, K extends keyof R & string>(
  engine: Engine,
  rows: readonly R[],
  columns: Record<K, ColumnType>,
): unknown[] {
  const names = Object.keys(columns) as K[];
  if (engine === 'sqlite') {
    return [JSON.stringify(rows.map((row) => names.map((name) => cell(row, name, columns[name]))))];
  }
  return names.map((name) => rows.map((row) => cell(row, name, columns[name])));
}

// The two engines would take different views of a wrong value, so neither is asked.
function cell<R extends object, K extends keyof R & string>(row: R, name: K, type: ColumnType): string | number | null {
  const value: unknown = row[name];
  if (value === null || value === undefined) return null;
  if (type === 'integer') {
    if (Number.isSafeInteger(value)) return value as number;
  } else if (typeof value === 'string' && value.isWellFormed() && !value.includes('\0')) return value;
  throw new StoreError(
    'UNSTORABLE_VALUE',
    type === 'integer'
      ? `The value of ${name} is not a whole number.`
      : `The value of ${name} is not a text that a database can keep (no NUL character, no half of a surrogate pair).`,
  );
}
