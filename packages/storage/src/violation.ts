import { errorCode, StoreError } from './store-error.ts';

/**
 * Whether a write failed because of what was to be written, so that the same without the offending record can succeed;
 * false if the database itself failed.
 */
export function isViolation(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === 'UNSTORABLE_VALUE';
  const code = errorCode(error);
  // PostgreSQL: data exception (22), integrity constraint violation (23), program limit exceeded (54).
  return /^(22|23|54)...$/.test(code) || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(code);
}
