const reported = new WeakSet<Error>();

/** Says that the log reports this error already, once for all whom it meets: lines that carry it as `err` are left out. */
export function markReported(error: unknown): void {
  if (error instanceof Error) reported.add(error);
}

/** Whether the log reports this error, or one of its causes, already. */
export function isReported(error: unknown): boolean {
  return error instanceof Error && (reported.has(error) || isReported(error.cause));
}
