import type { Operator, Permission, Session } from '@ticket-check/operators';
import type { ZodType } from 'zod';
import type { Language } from './language.ts';

/** What a screen asks to be changed. */
type ActionRequest<Body> = {
  readonly session: Session;
  readonly operator: Operator;
  readonly language: Language;
  readonly address: string;
  /** What was sent, as the schema of the action reads it; without the password. */
  readonly body: Body;
};

/**
 * A change that screens ask for: `POST` of JSON to its path, with the token of `/console.json` in the header `x-csrf-token`.
 * What is refused is answered as JSON, `{ "error": code }`.
 */
export type Action = {
  readonly path: string;
  readonly permission: Permission;
  /**
   * Has the operator give their password again (`password` beside what the schema reads): for what destroys, so that a browser
   * left open does not.
   */
  readonly needsPassword?: boolean;
  /** Reads what was sent; what it refuses is answered with `bad-input`. */
  readonly body: ZodType;
  /**
   * Changes something, as an operation, and returns the answer for the screen.
   * @throws ActionRefused, PageError if nothing was changed.
   */
  handler(request: ActionRequest<unknown>): Promise<object>;
};

/** An action whose handler is given what its schema reads. */
export function action<Body>(
  definition: Omit<Action, 'body' | 'handler'> & {
    readonly body: ZodType<Body>;
    handler(request: ActionRequest<Body>): Promise<object>;
  },
): Action {
  return definition;
}

/** An action is refused for a reason of its own: the code that the screen has words for, and the status of the answer. */
export class ActionRefused extends Error {
  override readonly name = 'ActionRefused';
  readonly code: string;
  readonly status: number;

  /** @param code - lower case with hyphens, such as `reason-missing`. */
  constructor(code: string, status: 400 | 404 | 409 | 410 = 409) {
    super(code);
    this.code = code;
    this.status = status;
  }
}
