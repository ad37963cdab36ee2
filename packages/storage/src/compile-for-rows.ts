import type { Compilable, CompiledQuery, RawBuilder } from 'kysely';
import type { Engine } from './migrations.ts';
import { type ColumnType, parametersOf, type RowOf, rowsAsTable } from './rows-as-table.ts';

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
