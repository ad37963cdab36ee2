import { mayOperateFor, type OperationTables, type Permission, runOperation } from '@ticket-check/operators';
import { type CinemaCode, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { LONGEST_REASON } from '../asked.ts';
import type { InEachLanguage } from '../language.ts';
import { type Action, action } from '../page.ts';
import { PageError, Refused } from '../sent-texts.ts';

/** Who does it, and when. */
export type By = { readonly actor: string; readonly at: WallClock; readonly reason: string };

/** A domain's own reason why nothing was changed. */
type Fault<Code extends string> = Error & { readonly code: Code };

/** What stands against an operation: its status, and what is wrong and what to do, in whole sentences. */
export type Problem = { readonly status: 400 | 404 | 409 | 410 } & InEachLanguage;

/** What can be done, declared once: served as a signed-in POST (`serveOperation`), and as a command (`operationCommand`). */
export type DeclaredOperation<DB, Input extends z.ZodObject, Result, Code extends string> = {
  /** The command's name, which the audit has too; `worklist note` is sent to `/worklist/note`. */
  readonly name: string;
  readonly permission: Permission;
  /** What it is about; the reason and the password come beside it. */
  readonly input: Input;
  /** Whether it asks for a reason: one line of at most `LONGEST_REASON` characters. */
  readonly needsReason?: boolean;
  /** Whether it asks for the operator's password: for what destroys. */
  readonly needsPassword?: boolean;
  /** The cinemas that it is done for: others' operators may not. */
  readonly cinemasOf: (input: z.output<Input>) => readonly CinemaCode[] | 'all';
  /** What is recorded of the request; all of the input by default. */
  readonly what?: (input: z.output<Input>) => object;
  /** Changes something in one transaction with its entry in the audit. */
  readonly change: (store: Store<DB>, input: z.output<Input>, by: By) => Promise<Result>;
  /** What is recorded of the result: `before`, `after`, and what is no secret. */
  readonly outcome?: (result: Result, by: By) => object;
  /** What the screen is answered. */
  readonly answer?: (result: Result, by: By) => object;
  /** The errors of `change` that say why nothing was changed. */
  readonly fault?: new (
    ...given: never[]
  ) => Fault<Code>;
  readonly problems: Readonly<Record<Code, Problem>>;
};

export function operation<DB, Input extends z.ZodObject, Result, Code extends string>(
  declaration: DeclaredOperation<DB, Input, Result, Code>,
): DeclaredOperation<DB, Input, Result, Code> {
  return declaration;
}

/** A reason in one line; null if it says nothing or is too long. */
export function reasonIn(text: string): string | null {
  const reason = text.trim().replaceAll(/\s+/g, ' ');
  return reason === '' || reason.length > LONGEST_REASON ? null : reason;
}

/** Why an error of a declared operation changed nothing; null for other errors. */
export function problemOf<Code extends string>(
  { fault, problems }: Pick<DeclaredOperation<never, z.ZodObject, unknown, Code>, 'fault' | 'problems'>,
  error: unknown,
): (Problem & { readonly code: Code }) | null {
  return fault !== undefined && error instanceof fault ? { code: error.code, ...problems[error.code] } : null;
}

/** Serves an operation to the dialogs of screens. */
export function serveOperation<DB, Input extends z.ZodObject, Result, Code extends string>(
  declared: DeclaredOperation<DB, Input, Result, Code>,
  { store, now }: { readonly store: Store<DB & OperationTables>; readonly now: Clock },
): Action {
  const { name, permission, needsReason = false, needsPassword = false, what = (input: object) => input } = declared;
  return action({
    path: `/${name.replaceAll(' ', '/')}`,
    permission,
    needsPassword,
    body: z.object({ reason: z.string().default('') }).catchall(z.unknown()),
    async handler({ body: { reason: given, ...sent }, operator, address, language }) {
      const read = declared.input.safeParse(sent);
      if (!read.success) throw new PageError('bad-input');
      const cinemas = declared.cinemasOf(read.data);
      const mayDo =
        cinemas === 'all' ? operator.cinemaCodes === 'all' : cinemas.every((code) => mayOperateFor(operator, code));
      if (!mayDo) throw new PageError('forbidden');
      const reason = reasonIn(given);
      if (needsReason && reason === null) throw new Refused('reason-missing-or-too-long', { status: 400 });
      const by: By = { actor: operator.username, at: wallClockAt(now()), reason: reason ?? '' };
      try {
        const result = await runOperation(
          store,
          { name, actor: by.actor, from: address, what: what(read.data), now },
          (within) => declared.change(within as Store<DB>, read.data, by),
          (came) => declared.outcome?.(came, by) ?? {},
        );
        return declared.answer?.(result, by) ?? {};
      } catch (error) {
        const problem = problemOf(declared, error);
        if (problem === null) throw error;
        throw new Refused(problem.code, { status: problem.status, message: problem[language] });
      }
    },
  });
}
