import { StoreError } from '@ticket-check/storage';

/**
 * Whether a write failed because of what was to be written, so that the same without the offending record can succeed;
 * false where the database itself failed.
 */
export function isViolation(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === 'UNSTORABLE_VALUE';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // PostgreSQL: data exception (22), integrity constraint violation (23).
  return /^2[23]...$/.test(code) || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(code);
}
