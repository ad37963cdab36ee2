import {
  mayOperateFor,
  type OperationTables,
  type Operator,
  type Permission,
  runLongOperation,
  tryOperation,
} from '@ticket-check/operators';
import { type CinemaCode, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { type Clock, OperationRefused, type Problem } from '@ticket-check/runtime';
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

/** What can be done, declared once: served as a signed-in POST (`serveOperation`), and as a command (`operationCommand`). */
export type DeclaredOperation<DB, Input extends z.ZodObject, Result, Prepared, May extends Access = Permission> = {
  /** The command's name, which the audit has too; `worklist note` is sent to `/worklist/note`. */
  readonly name: string;
  /** What it does, as buttons and the audit name it. */
  readonly title: InEachLanguage;
  readonly says?: string;
  readonly permission: May;
  /** A further permission that it takes for some input. */
  takes?(input: z.output<Input>): Permission;
  /** What it is about, each part as it is `asked`; the reason and the password come beside it. */
  readonly input: Input;
  /** The name of what it destroys: a command has it typed to go on, and a script gives `--yes`; at a screen its button is red. */
  destroys?(input: z.output<Input>): string;
  /** Whether it asks for a reason: one line of at most `LONGEST_REASON` characters. */
  readonly needsReason?: boolean;
  /** Whether it asks for the operator's password: for what destroys. */
  readonly needsPassword?: boolean;
  /**
   * The cinemas that it is done for: others' operators may not. None if it concerns no cinema's data; `own`, all that are the
   * operator's; null if what it is about is gone.
   */
  cinemasOf(input: z.output<Input>, store: Store<DB>): Cinemas | 'own' | null | Promise<Cinemas | 'own' | null>;
  /** What it would do, and to how many, in whole sentences; null if there is nothing to be done. */
  preview?(store: Store<DB>, input: z.output<Input>, cinemas: Cinemas): Promise<InEachLanguage | null>;
  /** What is recorded of the request beside its reason; all of the input by default. Never a secret. */
  what?(input: z.output<Input>): object;
  /**
   * Makes what takes a while, such as a key, before others have to wait for the store.
   * @throws OperationRefused if nothing is to be changed, nor written in the audit
   */
  prepare?(input: z.output<Input>, store: Store<DB>, by: Pick<By, 'browser'>): Promise<Prepared>;
  /**
   * Changes something in one transaction with its entry in the audit; null if what it is about is gone meanwhile.
   * @throws OperationRefused if nothing is to be changed
   */
  change(store: Store<DB>, input: z.output<Input>, by: By<Prepared>): Promise<Result | null>;
  /** It takes too long for one transaction: its start and its end are recorded. It goes on where it broke off. */
  readonly inParts?: true;
  /** What is recorded of the result: `before`, `after`, and what is no secret. */
  outcome?(result: Result, by: By<Prepared>): object;
  answer?(result: Result, by: By<Prepared>): object;
  /** What is said where there is nothing to be done any more; by default that it is `gone`. */
  readonly gone?: Problem & { readonly code?: string };
};

export function operation<DB, Input extends z.ZodObject, Result, Prepared = undefined, May extends Access = Permission>(
  declaration: DeclaredOperation<DB, Input, Result, Prepared, May>,
): DeclaredOperation<DB, Input, Result, Prepared, May> {
  noteTitle(declaration.name, declaration.title);
  return declaration;
}

const titles = new Map<string, InEachLanguage>();

/** What the audit calls what is done or read under a name. */
export const noteTitle = (name: string, title: InEachLanguage): void => void titles.set(name, title);

/** What is declared in this process, by the names that the audit has: commands and screens share their declarations. */
export const operationTitles = (): Readonly<Record<string, InEachLanguage>> => Object.fromEntries(titles);

const GONE: Problem & { readonly code?: string } = {
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

/** @throws OperationRefused if what the operation is about is gone */
export function orGone<T>({ gone = GONE }: { readonly gone?: typeof GONE }, found: T | null): T {
  if (found === null) throw new OperationRefused(gone.code ?? 'gone', gone);
  return found;
}

/** What the audit keeps of a request. Its names begin small there. */
export function recordedOf<Input extends z.ZodObject>(
  { what, needsReason }: Pick<DeclaredOperation<never, Input, unknown, unknown, Access>, 'what' | 'needsReason'>,
  input: z.output<Input>,
  reason: string,
): object {
  const named = Object.entries(input).map(([name, value]) => [
    `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
    value,
  ]);
  return { ...(needsReason && { reason }), ...(what?.(input) ?? Object.fromEntries(named)) };
}

/** Does what is declared in one transaction with its entry in the audit. @throws OperationRefused if nothing was changed */
export async function runDeclared<DB, Input extends z.ZodObject, Result, Prepared>(
  declared: DeclaredOperation<DB, Input, Result, Prepared, Access>,
  { store, now }: { readonly store: Store<DB & OperationTables>; readonly now: Clock },
  input: z.output<Input>,
  { from, ...asker }: Pick<By, 'actor' | 'reason' | 'cinemas' | 'browser'> & { readonly from: string },
): Promise<{ result: Result; by: By<Prepared> }> {
  const what = recordedOf(declared, input, asker.reason);
  const prepared = (await declared.prepare?.(input, withTables(store), asker)) as Prepared;
  const by = { ...asker, at: wallClockAt(now()), prepared };
  const operation = { name: declared.name, actor: asker.actor, from, what, now };
  const change = (within: typeof store) => declared.change(withTables(within), input, by);
  const outcome = (came: Result | null) => (came === null ? {} : (declared.outcome?.(came, by) ?? {}));
  const result = await (declared.inParts
    ? runLongOperation(store, operation, change, outcome)
    : tryOperation(store, operation, change, outcome));
  return { result: orGone(declared, result), by };
}

/**
 * Serves an operation to the dialogs of screens, and under `/preview` what it would do, in words.
 *
 * @param parts `done`: what the service does next, such as to wake a job; `finish`: what it does before it answers, such as to open
 *   a gate, and answers too
 */
export function serveOperation<DB, Input extends z.ZodObject, Result, Prepared>(
  declared: DeclaredOperation<DB, Input, Result, Prepared, Access>,
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
    const found = orGone(declared, await declared.cinemasOf(input.data, own));
    const cinemas = found === 'own' ? (operator.cinemaCodes as Cinemas) : found;
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

/** Serves operations whose answer is all that a screen needs. */
export const serveOperations = <DB>(
  operations: readonly DeclaredOperation<DB, z.ZodObject, unknown, unknown, Access>[],
  parts: { readonly store: Store<DB & OperationTables>; readonly now: Clock; readonly under?: string },
): Action[] => operations.flatMap((one) => serveOperation(one, parts));
