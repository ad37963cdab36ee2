export type StoreErrorCode =
  | 'BAD_URL'
  | 'BAD_KEY'
  | 'WRONG_KEY'
  | 'DAMAGED'
  | 'CANNOT_OPEN'
  | 'SERVER_CHANGED'
  | 'SERVED_ALREADY'
  | 'ACCESS_DENIED'
  | 'NOT_DURABLE'
  | 'UNPROTECTED'
  | 'BUSY'
  | 'THREAD_ENDED'
  | 'NEWER_DATA'
  | 'OLDER_PROCESS'
  | 'MIGRATION_FAILED'
  | 'NESTED_TRANSACTION'
  | 'UNSTORABLE_VALUE';

/** A failure of the store with a `code` to act on and a message that is one clear sentence for the operator. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** Whether the operator can act on it; false for a bug. */
  readonly expected: boolean;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
    this.expected = code !== 'NESTED_TRANSACTION' && code !== 'UNSTORABLE_VALUE';
  }
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` that Node, SQLite and PostgreSQL put on their errors, or '' without one. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
