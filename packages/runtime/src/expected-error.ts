/** A command or a start cannot do what was asked, for a reason its user can act on: one whole sentence, printed without a stack. */
export class ExpectedError extends Error {
  override readonly name = 'ExpectedError';
  /** Tells `runProgram` that this is no bug. Any error that carries `expected: true` is printed the same way. */
  readonly expected = true;
}

/** What is wrong and what to do, in whole sentences, and its status over HTTP. */
export type Problem = { readonly status: 400 | 404 | 409 | 410; readonly zh: string; readonly en: string };

/** Why nothing was changed: a command prints its English sentence, a screen that of the reader's language. */
export class OperationRefused extends ExpectedError {
  readonly code: string;
  readonly problem: Problem;

  constructor(code: string, problem: Problem) {
    super(problem.en);
    this.code = code;
    this.problem = problem;
  }
}

/** Whether an error is meant for the user (`expected: true`) and not a sign of a bug. */
export function isExpected(error: unknown): error is Error {
  return error instanceof Error && 'expected' in error && error.expected === true;
}

/** The `code` of a system error such as `ENOENT`, or its message where it has none. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
