/**
 * Why the service did not answer as asked: its own code (`forbidden`, `bad-input`, `wrong-password`, or one of a screen's), or what
 * became of the request.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** `unreachable`: no answer came; `failed`: the service could not answer. */
  readonly code: string;
  /** What an administrator finds the failure in the log by. */
  readonly requestId: string | null;
  /** After how many seconds the same may be tried again. */
  readonly retryAfter: number | null;
  /** What it is about, for the words to name it; empty if the code says it all. */
  readonly about: string;

  constructor(code: string, more: { requestId?: string | null; retryAfter?: number | null; about?: string } = {}) {
    super(code);
    this.code = code;
    this.requestId = more.requestId ?? null;
    this.retryAfter = more.retryAfter ?? null;
    this.about = more.about ?? '';
  }
}

/** Whether the same request may well be answered a moment later. */
export function isPassing(error: unknown): boolean {
  return error instanceof Problem && ['unreachable', 'failed', 'busy', 'too-soon'].includes(error.code);
}
