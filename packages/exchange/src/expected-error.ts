/**
 * A failure that its user can act on. The message is one whole sentence; `expected` tells the program that runs the
 * command to print it without a stack.
 */
export class ExpectedError extends Error {
  override readonly name = 'ExpectedError';
  readonly expected = true;
}

/** The `code` of a system error such as `ENOENT`, or its message where it has none. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
