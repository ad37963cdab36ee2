import { errorCode, StoreError, type StoreErrorCode } from '../store-error.ts';

/** The database of a thread. One that is `readOnly` opens a file that is there and never writes. */
export type Opening = { readonly path: string; readonly key: string; readonly readOnly?: boolean };

/** The messages to the thread: open a database, work with it, and after closing it open another or end. */
export type Question = ({ readonly do: 'open' } & Opening) | DatabaseQuestion | { readonly do: 'end' };

/** Each question gets one answer, in the order of the questions. */
export type DatabaseQuestion =
  | ({ readonly do: 'query'; readonly transaction: TransactionState } & Query)
  | { readonly do: 'batch'; readonly queries: readonly Query[] }
  | { readonly do: 'rollback' | 'close' };

/** The place of a statement: outside a transaction, the first of one, which begins in the same message, or a later one. */
export type TransactionState = 'none' | 'begins' | 'open';

type Query = { readonly sql: string; readonly parameters: readonly unknown[] };

export type Answer = Found | Written | { readonly failed: CarriedError };

/** Rows as one list of values, row after row: it crosses in a fraction of the time that objects take. */
export type Found = { readonly columns: readonly string[]; readonly values: readonly unknown[] };

export type Written = { readonly changes: number; readonly insertId: number | bigint };

/** An error on its way between threads, which would lose its class and its code. */
export type CarriedError = {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: CarriedError | undefined;
};

export function carryError(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return {
    name: error.constructor.name === 'SqliteError' ? 'SqliteError' : name,
    message,
    code: errorCode(error) || undefined,
    stack,
    cause: error.cause === undefined ? undefined : carryError(error.cause),
  };
}

export function unpackError({ name, message, code, stack, cause }: CarriedError): Error {
  const options = cause === undefined ? {} : { cause: unpackError(cause) };
  if (name === 'StoreError') return new StoreError(code as StoreErrorCode, message, options);
  const error = new Error(message, options);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}

export function packRows(rows: readonly Record<string, unknown>[]): Found {
  // The statement names its columns too, but takes as long as for a row.
  const columns = Object.keys(rows[0] ?? {});
  const values: unknown[] = [];
  for (const row of rows) for (const column of columns) values.push(row[column]);
  return { columns, values };
}

export function unpackRows({ columns, values }: Found): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  for (let at = 0; at < values.length; at += columns.length) {
    const row: Record<string, unknown> = {};
    for (let column = 0; column < columns.length; column += 1) row[columns[column] ?? ''] = values[at + column];
    rows.push(row);
  }
  return rows;
}
