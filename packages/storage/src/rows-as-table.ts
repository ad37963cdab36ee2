import {
  type BinaryOperationNode,
  type Expression,
  expressionBuilder,
  OperatorNode,
  PrimitiveValueListNode,
  type RawBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import { columnNames } from './column-names.ts';
import type { Engine } from './migrations.ts';
import { StoreError } from './store-error.ts';

export type ColumnType = 'text' | 'integer';

/** The row of a table with these columns. */
export type RowIn<Columns extends Record<string, ColumnType>, Nullable extends keyof Columns = never> = {
  -readonly [column in keyof Columns]:
    | (Columns[column] extends 'integer' ? number : string)
    | (column extends Nullable ? null : never);
};

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
  const idOf = (name: string) => sql.id(columnNames.snakeCase(name));
  // In the order of the text.
  const parameters = parametersOf(engine, rows, columns).map((parameter) => sql.val(parameter));
  const next = () => parameters.shift();

  if (engine === 'sqlite') {
    const values = names.map((name, index) => sql`value ->> ${sql.lit(index)} as ${idOf(name)}`);
    // jsonb_each: json_each would parse each row's text again for every column.
    return sql`(select ${sql.join(values)} from jsonb_each(${next()}))`;
  }
  const isOfOne = isOfOneCinema(rows, columns);
  const cinema = isOfOne ? [sql`${next()}::text as cinema_code`] : [];
  const bounds = START_TIME in columns ? [FIRST, LAST].map((name) => sql`${next()}::text as ${sql.raw(name)}`) : [];
  const others = isOfOne ? names.filter((name) => name !== CINEMA) : names;
  if (others.length === 0) return sql`(select ${sql.join(cinema)} from generate_series(1, ${next()}::bigint))`;
  const ids = others.map(idOf);
  const arrays = others.map((name) => sql`${next()}::${sql.raw(columns[name] === 'integer' ? 'bigint' : 'text')}[]`);
  return sql`(
    select ${sql.join([...cinema, ...ids, ...bounds])} from unnest(${sql.join(arrays)}) as given(${sql.join(ids)})
  )`;
}

/**
 * The column that says to which part of a distributed database a row belongs. In rows of one cinema it is one value, so that
 * PostgreSQL makes of a join by it `cinema_code = $1` and touches one part.
 */
export const CINEMA = 'cinemaCode';

export function isOfOneCinema(rows: readonly object[], columns: object): rows is readonly { cinemaCode: unknown }[] {
  if (!(CINEMA in columns)) return false;
  const of = rows as readonly { cinemaCode?: unknown }[];
  return of.every(({ cinemaCode }) => cinemaCode === of[0]?.cinemaCode);
}

/** The column by which tables of PostgreSQL are partitioned (`byMonth` of check-records). */
const START_TIME = 'startTime';
const [FIRST, LAST] = ['first_start_time', 'last_start_time'];
const SAME_START = /("?\w+"?)\."?start_time"? = "?given"?\."?start_time"?/g;
/** A list of columns that begins with StartTime among given rows, and the two constants that bound these. */
const AMONG_GIVEN = new RegExp(
  String.raw`\((start_time, [\w, ]+)\) in \(\s*select \1 from (?=\([^()]*? (\$\d+::text) as ${FIRST}, (\$\d+::text) as ${LAST} )`,
  'g',
);

/**
 * Bounds the StartTime of each table that a statement joins with given rows, or takes given rows of, by the first and the
 * last of them: so PostgreSQL plans, locks and reads only the partitions of those months.
 */
export function pruned(text: string): string {
  if (!text.includes(`as ${FIRST}`)) return text;
  return text
    .replaceAll(SAME_START, (same, table) => `${same} and ${table}.start_time between given.${FIRST} and given.${LAST}`)
    .replaceAll(AMONG_GIVEN, (among, _, first, last) => `start_time between ${first} and ${last} and ${among}`);
}

/** Whether a row has in these columns, which bear the same names there, what one of the given rows has. */
export function isAmong(columns: object, given: RawBuilder<unknown>): RawBuilder<boolean> {
  const names = sql.raw(
    Object.keys(columns)
      .map((name) => columnNames.snakeCase(name))
      .join(', '),
  );
  return sql<boolean>`(${names}) in (select ${names} from ${given} as given)`;
}

/**
 * Rows in the groups in which statements take them: in a distributed database those of each cinema, in the order of its code, so that
 * each statement touches one part and locks are taken in one order; otherwise all, which costs a third. No group is empty.
 */
export function byCinema<R extends { readonly cinemaCode: string }>(
  { isDistributed }: { readonly isDistributed: boolean },
  rows: readonly R[],
): (readonly R[])[] {
  if (!isDistributed || rows.length < 2) return rows.length === 0 ? [] : [rows];
  return [...Map.groupBy(rows, ({ cinemaCode }) => cinemaCode)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, ofCinema]) => ofCinema);
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
  const arrays = (of: readonly K[]) => of.map((name) => rows.map((row) => cell(row, name, columns[name])));
  const bounds = START_TIME in columns ? boundsOf(rows.map((row) => cell(row, START_TIME as K, 'text'))) : [];
  if (!isOfOneCinema(rows, columns)) return [...bounds, ...arrays(names)];
  const [first] = rows;
  const others = arrays(names.filter((name) => name !== CINEMA));
  return [
    first === undefined ? null : cell(first, CINEMA as K, 'text'),
    ...bounds,
    ...(others.length === 0 ? [rows.length] : others),
  ];
}

function boundsOf(texts: readonly (string | number | null)[]): unknown[] {
  const sorted = texts.filter((text) => text !== null).sort();
  return [sorted[0] ?? null, sorted.at(-1) ?? null];
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

/** All columns of a table by their names, for a select: one with `*` is not prepared (`PreparedNames`). */
export function columnsOf<T extends string, C extends object>(table: T, columns: C) {
  return Object.keys(columns).map((name) => `${table}.${name}`) as `${T}.${keyof C & string}`[];
}

/** A longer list is one parameter: SQLite takes 32,766 of them in a statement, PostgreSQL 65,535. */
const LONGEST = 100;

/** The operands of a comparison with a long list: its values, and whether it is negated. Null for other nodes. */
export function longListOf({ operator, rightOperand }: BinaryOperationNode) {
  if (!PrimitiveValueListNode.is(rightOperand) || rightOperand.values.length <= LONGEST) return null;
  if (!OperatorNode.is(operator) || (operator.operator !== 'in' && operator.operator !== 'not in')) return null;
  return { values: rightOperand.values, operator: operator.operator };
}

/** Whether a column has one of these values, for a statement in SQL; as `where(column, 'in', values)` of a query. */
export function isOneOf(column: Expression<unknown>, values: readonly string[]): Expression<SqlBool> {
  return expressionBuilder<never, never>()(column as Expression<string>, 'in', values);
}
