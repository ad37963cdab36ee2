import { errorCode, StoreError } from '../store-error.ts';

/** How long a statement or transaction waits for another process's lock. */
export const BUSY_TIMEOUT_MS = 5000;

export function isBusy(error: unknown): boolean {
  return errorCode(error).startsWith('SQLITE_BUSY');
}

export function busy(cause: unknown): StoreError {
  const seconds = BUSY_TIMEOUT_MS / 1000;
  return new StoreError('BUSY', `The database stayed locked by another process for ${seconds} seconds.`, { cause });
}
