import {
  type BinaryOperationNode,
  type Compilable,
  type CompiledQuery,
  type Expression,
  expressionBuilder,
  type Kysely,
  OperatorNode,
  PrimitiveValueListNode,
  type RawBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import { inDatabase } from './column-names.ts';
import type { Engine } from './migrations.ts';
import type { Store } from './store.ts';
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

/** A query over rows, written once and then asked with any number of them. */
export type QueryOverRows<R extends object, O> = (rows: readonly R[]) => CompiledQuery<O>;

export function compileForRows<R extends object, K extends keyof R & string, O>(
  engine: Engine,
  columns: Record<K, ColumnType>,
  write: (given: RawBuilder<RowOf<R, K>>) => Compilable<O>,
): QueryOverRows<R, O> {
  let compiled: CompiledQuery<O> | undefined;
  return (rows) => {
    const parameters = parametersOf(engine, rows, columns);
    compiled ??= compile(write(rowsAsTable<R, K>(engine, [], columns)), parameters.length);
    return { ...compiled, parameters };
  };
}

function compile<O>(query: Compilable<O>, parameters: number): CompiledQuery<O> {
  const compiled = query.compile();
  if (compiled.parameters.length === parameters) return compiled;
  throw new TypeError('a query over rows has no parameters beside its rows: write them as literals or as a column');
}

/** A store, and where in it a statement runs: `db` is the store's own or an open transaction of it. */
type Database<DB> = { readonly db: Kysely<DB>; readonly store: Store<DB> };

/** A query over rows for functions that are given their database with each call. */
export type Query<DB, R extends object, O> = {
  /** Asks it in a transaction, or in none. */
  ask(database: Database<DB>, rows: readonly R[]): Promise<O[]>;
  /** Finds what is committed now by the keys in the rows; few are looked up at once (`Store.readCommitted`). */
  find(store: Store<DB>, rows: readonly R[]): Promise<O[]>;
};

/** More rows are looked up in the database's own thread, so that the event loop does not block. */
const FEW = 32;

/**
 * Defines a query over rows (`Store.rowsAsTable`). It is written and compiled once for each store, which takes longer than
 * asking it. Its only parameters are the rows.
 *
 * @example
 * const findSeats = queryOverRows<Tables, { seatCode: string }, 'seatCode', Seat>({ seatCode: 'text' }, ({ db }, given) =>
 *   db.selectFrom(given.as('given')).innerJoin('seat', 'seat.seatCode', 'given.seatCode').selectAll('seat'),
 * );
 * const seats = await findSeats.ask({ db: trx, store }, asked);
 */
export function queryOverRows<DB, R extends object, K extends keyof R & string, O>(
  columns: Record<K, ColumnType>,
  write: (database: Database<DB>, given: RawBuilder<RowOf<R, K>>) => Compilable<O>,
): Query<DB, R, O> {
  const compiled = new WeakMap<Store<DB>, QueryOverRows<R, O>>();

  function queryOf(store: Store<DB>): QueryOverRows<R, O> {
    const known = compiled.get(store);
    if (known !== undefined) return known;
    const made = store.compileForRows<R, K, O>(columns, (given) => write({ db: store.db, store }, given));
    compiled.set(store, made);
    return made;
  }

  return {
    async ask({ db, store }, rows) {
      return (await db.executeQuery(queryOf(store)(rows))).rows;
    },
    async find(store, rows) {
      const query = queryOf(store)(rows);
      return rows.length > FEW ? (await store.db.executeQuery(query)).rows : store.readCommitted(query);
    },
  };
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
