import {
  mayOperateFor,
  type OperationTables,
  type Operator,
  type Permission,
  tryOperation,
} from '@ticket-check/operators';
import { type CinemaCode, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import { z } from 'zod';
import { LONGEST_REASON } from '../asked.ts';
import type { InEachLanguage } from '../language.ts';
import { type Access, type Action, type ActionRequest, action, mayAsk } from '../page.ts';
import { PageError, Refused } from '../sent-texts.ts';

/** Who does it, when and why, and what was prepared for it. */
export type By<Prepared = unknown> = {
  readonly actor: string;
  readonly at: WallClock;
  /** Empty if it needs none. */
  readonly reason: string;
  readonly cinemas: Cinemas;
  readonly prepared: Prepared;
  /** Where it is done at a screen; without it a command does it. */
  readonly browser?: Pick<ActionRequest<unknown>, 'session' | 'host'>;
};

type Cinemas = readonly CinemaCode[] | 'all';

type Awaitable<T> = T | Promise<T>;

/** A domain's own reason why nothing was changed. */
type Fault<Code extends string> = Error & { readonly code: Code };

/** What stands against an operation: its status, and what is wrong and what to do, in whole sentences. */
export type Problem = { readonly status: 400 | 404 | 409 | 410 } & InEachLanguage;

type Refusals<Code extends string> = {
  /** The errors of `prepare` and `change` that say why nothing was changed. */
  readonly fault?: abstract new (
    ...given: never[]
  ) => Fault<Code>;
  /** English is what the error says unless it stands here. */
  readonly problems?: Readonly<Record<Code, Omit<Problem, 'en'> & Partial<Pick<Problem, 'en'>>>>;
  /** What is said where there is nothing to be done any more; by default that it is `gone`. */
  readonly gone?: Problem & { readonly code?: string };
};

/** What can be done, declared once: served as a signed-in POST (`serveOperation`), and as a command (`operationCommand`). */
export type DeclaredOperation<
  DB,
  Input extends z.ZodObject,
  Result,
  Code extends string,
  Prepared,
  May extends Access = Permission,
> = Refusals<Code> & {
  /** The command's name, which the audit has too; `worklist note` is sent to `/worklist/note`. */
  readonly name: string;
  /** What it does, as buttons and the audit name it. */
  readonly title: InEachLanguage;
  readonly says?: string;
  readonly permission: May;
  /** A further permission that it takes for some input. */
  readonly takes?: (input: z.output<Input>) => Permission;
  /** What it is about, each part as it is `asked`; the reason and the password come beside it. */
  readonly input: Input;
  /** The name of what it destroys: a command has it typed to go on, and a script gives `--yes`; at a screen its button is red. */
  readonly destroys?: (input: z.output<Input>) => string;
  /** Whether it asks for a reason: one line of at most `LONGEST_REASON` characters. */
  readonly needsReason?: boolean;
  /** Whether it asks for the operator's password: for what destroys. */
  readonly needsPassword?: boolean;
  /**
   * The cinemas that it is done for: others' operators may not. None if it concerns no cinema's data; `own`, all that are the
   * operator's; null if what it is about is gone.
   */
  readonly cinemasOf: (input: z.output<Input>, store: Store<DB>) => Awaitable<Cinemas | 'own' | null>;
  /** What it would do, and to how many, in whole sentences; null if there is nothing to be done. */
  readonly preview?: (store: Store<DB>, input: z.output<Input>, cinemas: Cinemas) => Promise<InEachLanguage | null>;
  /** What is recorded of the request; all of the input by default. Never a secret. */
  readonly what?: (input: z.output<Input>, reason: string) => object;
  /**
   * Makes what takes a while, such as a key, before others have to wait for the store.
   * @throws OperationRefused if nothing is to be changed, nor written in the audit
   */
  readonly prepare?: (input: z.output<Input>, store: Store<DB>, by: Pick<By, 'browser'>) => Promise<Prepared>;
  /** Changes something in one transaction with its entry in the audit; null if what it is about is gone meanwhile. */
  readonly change: (store: Store<DB>, input: z.output<Input>, by: By<Prepared>) => Promise<Result | null>;
  /** What is recorded of the result: `before`, `after`, and what is no secret. */
  readonly outcome?: (result: Result, by: By<Prepared>) => object;
  readonly answer?: (result: Result, by: By<Prepared>) => object;
};

export function operation<
  DB,
  Input extends z.ZodObject,
  Result,
  Code extends string = never,
  Prepared = undefined,
  May extends Access = Permission,
>(
  declaration: DeclaredOperation<DB, Input, Result, Code, Prepared, May>,
): DeclaredOperation<DB, Input, Result, Code, Prepared, May> {
  noteTitle(declaration.name, declaration.title);
  return declaration;
}

const titles = new Map<string, InEachLanguage>();

/** What the audit calls what is done or read under a name. */
export const noteTitle = (name: string, title: InEachLanguage): void => void titles.set(name, title);

/** What is declared in this process, by the names that the audit has: commands and screens share their declarations. */
export const operationTitles = (): Readonly<Record<string, InEachLanguage>> => Object.fromEntries(titles);

/** Why nothing was changed; a screen says it in the reader's language. */
export class OperationRefused extends Refused {
  override readonly name = 'OperationRefused';
  /** Has commands print its sentence. */
  readonly expected = true;
  readonly problem: Problem;

  constructor(code: string, problem: Problem) {
    super(code, { status: problem.status, message: problem.en });
    this.problem = problem;
  }
}

const GONE: NonNullable<Refusals<never>['gone']> = {
  status: 410,
  zh: '该项已不存在或已处理，未做任何更改。请刷新列表。',
  en: 'It is gone or was done meanwhile. Nothing was changed: read the list again.',
};

const REASON = z.string().min(1).max(LONGEST_REASON);

/** A reason in one line; null if it says nothing or is too long. */
export function reasonIn(text: string): string | null {
  const reason = text.trim().replaceAll(/\s+/g, ' ');
  return reason === '' || reason.length > LONGEST_REASON ? null : reason;
}

/**
 * Runs what is declared.
 * @throws OperationRefused if nothing was changed
 */
export async function orRefused<Result, Code extends string>(
  { fault, problems, gone = GONE }: Refusals<Code>,
  run: () => Promise<Result | null>,
): Promise<Result> {
  try {
    const result = await run();
    if (result !== null) return result;
  } catch (error) {
    if (fault === undefined || problems === undefined || !(error instanceof fault)) throw error;
    throw new OperationRefused(error.code, { en: error.message, ...problems[error.code] });
  }
  throw new OperationRefused(gone.code ?? 'gone', gone);
}

/**
 * Does what is declared for somebody who may, in one transaction with its entry in the audit.
 * @throws OperationRefused if nothing was changed
 */
export function runDeclared<DB, Input extends z.ZodObject, Result, Code extends string, Prepared>(
  declared: DeclaredOperation<DB, Input, Result, Code, Prepared, Access>,
  { store, now }: { readonly store: Store<DB & OperationTables>; readonly now: Clock },
  input: z.output<Input>,
  { from, ...asker }: Pick<By, 'actor' | 'reason' | 'cinemas' | 'browser'> & { readonly from: string },
): Promise<{ result: Result; by: By<Prepared> }> {
  const { name, what = (asked: object) => asked } = declared;
  const entry = { name, actor: asker.actor, from, what: what(input, asker.reason), now };
  return orRefused(declared, async () => {
    const prepared = (await declared.prepare?.(input, withTables(store), asker)) as Prepared;
    const by = { ...asker, at: wallClockAt(now()), prepared };
    const change = (within: typeof store) => declared.change(withTables(within), input, by);
    const result = await tryOperation(store, entry, change, (came) => declared.outcome?.(came, by) ?? {});
    return result === null ? null : { result, by };
  });
}

/**
 * Serves an operation to the dialogs of screens, and under `/preview` what it would do, in words.
 *
 * @param parts `done`: what the service does next, such as to wake a job; `finish`: what it does before it answers, such as to open
 *   a gate, and answers too
 */
export function serveOperation<DB, Input extends z.ZodObject, Result, Code extends string, Prepared>(
  declared: DeclaredOperation<DB, Input, Result, Code, Prepared, Access>,
  parts: {
    readonly store: Store<DB & OperationTables>;
    readonly now: Clock;
    /** The path that it is under, if that is not the name of its command's group. */
    readonly under?: string;
    readonly done?: (result: Result, by: By<Prepared>) => void;
    readonly finish?: (result: Result, by: By<Prepared>) => Promise<object>;
  },
): Action[] {
  const { store, now, under, done, finish } = parts;
  const { name, permission, preview, needsReason = false, needsPassword = false, destroys } = declared;
  const path = under === undefined ? `/${name.replaceAll(' ', '/')}` : `${under}/${name.split(' ').at(-1)}`;
  const own: Store<DB> = withTables(store);

  /** @throws PageError if it is not in form, or is for cinemas that are not the operator's; OperationRefused if what it is about is gone */
  async function read(sent: object, operator: Operator) {
    const input = declared.input.safeParse(sent);
    if (!input.success) throw new PageError('bad-input');
    const found = await declared.cinemasOf(input.data, own);
    const cinemas = found === 'own' ? (operator.cinemaCodes as Cinemas) : found;
    if (cinemas === null) throw new OperationRefused('gone', declared.gone ?? GONE);
    const isOfOperator =
      cinemas === 'all' ? operator.cinemaCodes === 'all' : cinemas.every((code) => mayOperateFor(operator, code));
    const taken = declared.takes?.(input.data) ?? permission;
    if (!isOfOperator || !mayAsk(operator.role, taken)) throw new PageError('forbidden');
    return { input: input.data, cinemas };
  }

  const doing = action({
    path,
    permission,
    ...{ needsPassword, needsReason, destroys: destroys !== undefined, hasPreview: preview !== undefined },
    // What a dialog sends, beside a password.
    describes: { title: declared.title, body: declared.input.extend(needsReason ? { reason: REASON } : {}) },
    body: z.looseObject({ reason: z.string().default('') }),
    async handler({ body: { reason: given, ...sent }, operator, address, session, host }) {
      const { input, cinemas } = await read(sent, operator);
      const reason = reasonIn(given);
      if (needsReason && reason === null) throw new Refused('reason-missing-or-too-long', { status: 400 });
      const browser = { session, host };
      const asked = { actor: operator.username, from: address, reason: reason ?? '', cinemas, browser };
      const { result, by } = await runDeclared(declared, { store, now }, input, asked);
      done?.(result, by);
      return { ...declared.answer?.(result, by), ...(await finish?.(result, by)) };
    },
  });
  if (preview === undefined) return [doing];
  const previewing = action({
    path: `${path}/preview`,
    permission,
    body: z.looseObject({}),
    async handler({ body, operator, language }) {
      const { input, cinemas } = await read(body, operator);
      return { Preview: (await preview(own, input, cinemas))?.[language] ?? null };
    },
  });
  return [doing, previewing];
}
