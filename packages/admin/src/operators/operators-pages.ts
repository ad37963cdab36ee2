import { join } from 'node:path';
import {
  createOperators,
  createSecondFactors,
  createSessions,
  type IssuedPassword,
  issuePassword,
  type OperationTables,
  type Operator,
  OperatorFault,
  type OperatorTables,
  type Passwords,
  type Rights,
  ROLES,
  runOperation,
  tryOperation,
} from '@ticket-check/operators';
import type { Store } from '@ticket-check/storage';
import { sessionTable } from '../account/account-pages.ts';
import { chosenCinemas, cinemasShown, cinemasTyped, confirmation, issuedPage, listPage } from '../forms.ts';
import type { Language } from '../language.ts';
import { type Answer, type Page, type PageRequest, type PageSet, type Redirect, shownTime } from '../page.ts';
import type { Changes } from '../second-factor/changes.ts';
import { PageError, type SentTexts } from '../sent-texts.ts';
import { WORDS as KIT_WORDS } from '../words.ts';
import { ACTIONS, type Action, WORDS } from './words.ts';

const LIST = '/operators';
const ADD = `${LIST}/add`;
const ONE = `${LIST}/one`;
const DO = `${LIST}/do`;

/**
 * Pages on which administrators manage operators, by the same rules as the commands. Each change asks for the administrator's
 * own password, so that a browser left open gives nobody an account. Scheme 5.3.2.1; reading S4.
 */
export function operatorsPages(options: {
  store: Store<OperatorTables & OperationTables>;
  now: () => number;
  changes: Changes;
  passwords: Passwords;
}): PageSet {
  const { store, now, changes, passwords } = options;
  const operators = createOperators(store, now);
  const operationOn = (request: PageRequest, name: string, username: string, what: object = {}) =>
    changes.operation(request, name, { ...what, username });

  async function list({ language }: PageRequest): Promise<Page> {
    const words = WORDS[language].list;
    const rows = (await operators.list()).map((operator) => ({
      cells: [
        operator.username,
        KIT_WORDS[language].roles[operator.role],
        operator.cinemaCodes === 'all' ? KIT_WORDS[language].allCinemas : operator.cinemaCodes.join(', '),
        stateOf(operator, language),
        operator.hasSecondFactor ? words.yes : words.no,
      ],
      act: { path: pathTo(ONE, operator.username), label: words.manage, of: operator.username },
    }));
    const heads = Object.values(words.columns);
    return listPage(words.title, { heads, rows }, { add: { path: ADD, label: words.add } });
  }

  function stateOf({ disabledAt, oneTimeUntil }: Operator, language: Language): string {
    const { states } = WORDS[language].list;
    if (disabledAt !== null) return states.disabled;
    if (oneTimeUntil === null) return states.enabled;
    const until = oneTimeUntil.slice(0, 16).replace('T', ' ');
    return until < shownTime(now()) ? states.oneTimeEnded : states.oneTime(until);
  }

  function addPage({ language, form }: PageRequest, { fault, ...answer }: Answer = {}): Page {
    const words = WORDS[language];
    const typed = { username: form.get('username') ?? '', role: form.get('role'), ...cinemasTyped(form) };
    const data = { t: words, ...typed, roles: ROLES, action: ADD, list: LIST, fault: fault ?? null };
    return { title: words.add.title, view: 'operators/add', ...answer, data };
  }

  async function add(request: PageRequest): Promise<Page> {
    const { language, form } = request;
    const rights = rightsIn(form, language);
    if ('fault' in rights) return addPage(request, { ...rights, status: 400 });
    const fault = await changes.passwordFault(request);
    if (fault !== null) return addPage(request, fault);
    const username = form.get('username')?.trim() ?? '';
    const issued = await issuePassword(passwords);
    const operation = operationOn(request, 'operator add', username, rights);
    return orFault(
      language,
      async () => {
        const oneTimeUntil = await runOperation(store, operation, (within) =>
          createOperators(within, now).add({ username, ...rights, passwordHash: issued.passwordHash }),
        );
        return passwordPage(language, username, issued, oneTimeUntil);
      },
      (answer) => addPage(request, answer),
    );
  }

  /** @param typed the values entered, and the state before them, if the form is shown again */
  async function onePage(
    request: PageRequest,
    { fault, ...answer }: Answer = {},
    typed?: { rights: Rights; from: Rights },
  ): Promise<Page> {
    const { language, query } = request;
    const words = WORDS[language];
    const shown = await named(request);
    const { rights, from } = typed ?? { rights: shown, from: shown };
    const { username } = shown;
    const sessions = await createSessions(store, now).list(username);
    const possible = ACTIONS.filter((action) => isPossible(action, shown));
    const done = ACTIONS.find((action) => action === query.get('done'));
    const fields = ({ role, cinemaCodes }: Rights) => ({ role, ...cinemasShown(cinemaCodes) });
    return {
      title: words.one.title(username),
      view: 'operators/one',
      ...answer,
      data: {
        t: words,
        shown,
        state: stateOf(shown, language),
        sessions: sessionTable(language, sessions, ({ tokenHash }) => ({
          path: pathTo(DO, username, { action: 'end-session', session: tokenHash }),
          label: words.actions['end-session'].button,
        })),
        roles: ROLES,
        list: LIST,
        ...fields(rights),
        from: fields(from),
        fault: fault ?? null,
        action: pathTo(ONE, username),
        actions: possible.map((action) => ({ ...words.actions[action], path: pathTo(DO, username, { action }) })),
        done: query.get('done') === 'saved' ? words.saved : done === undefined ? null : words.actions[done].done,
      },
    };
  }

  async function change(request: PageRequest): Promise<Page | Redirect> {
    const { language, form } = request;
    const { username } = await named(request);
    const rights = rightsIn(form, language);
    const before = [...form].flatMap(([name, value]) =>
      name.startsWith('from-') ? [[name.slice(5), value] as const] : [],
    );
    const from = rightsIn(new Map(before), language);
    if ('fault' in rights) return onePage(request, { ...rights, status: 400 });
    if ('fault' in from) throw new PageError('bad-input');
    const fault = await changes.passwordFault(request);
    if (fault !== null) return onePage(request, fault, { rights, from });
    return orFault(
      language,
      async () => {
        await runOperation(
          store,
          operationOn(request, 'operator change', username),
          (within) => createOperators(within, now).change(username, { ...rights, from }),
          (changed) => changed,
        );
        return { redirect: pathTo(ONE, username, { done: 'saved' }) };
      },
      (answer) => onePage(request, answer),
    );
  }

  async function confirmPage(request: PageRequest, answer: Answer = {}): Promise<Page> {
    const { language } = request;
    const words = WORDS[language];
    const { username } = await named(request);
    const action = actionIn(request);
    const session = request.query.get('session');
    const { title, text, submit } = words.actions[action];
    const { length: sessions } = await createSessions(store, now).list(username);
    return confirmation(
      {
        title: title(username),
        text: text(sessions),
        submit,
        current: KIT_WORDS[language].ownPassword,
        action: pathTo(DO, username, { action, ...(session && { session }) }),
        back: pathTo(ONE, username),
        isDanger: action !== 'enable',
      },
      answer,
    );
  }

  async function act(request: PageRequest): Promise<Page | Redirect> {
    const { language } = request;
    const { username } = await named(request);
    const action = actionIn(request);
    const fault = await changes.passwordFault(request);
    if (fault !== null) return confirmPage(request, fault);
    const operation = operationOn(request, `operator ${action}`, username);
    const done = { redirect: pathTo(ONE, username, { done: action }) };
    const run = async (work: (within: Store<OperatorTables>) => Promise<object>) => {
      await runOperation(store, operation, work, (outcome) => outcome);
      return done;
    };
    const work = async (): Promise<Page | Redirect> => {
      switch (action) {
        case 'disable':
          return run((within) => createOperators(within, now).disable(username));
        case 'enable':
          return run((within) => createOperators(within, now).enable(username));
        case 'end-sessions':
          return run(async (within) => ({ sessionsEnded: await createOperators(within, now).endSessions(username) }));
        case 'reset-second-factor':
          return run(async (within) => ({ sessionsEnded: await createSecondFactors(within, now).reset(username) }));
        case 'end-session':
          // One that has ended meanwhile is not an error.
          await tryOperation(
            store,
            operation,
            (within) => createSessions(within, now).endOne(username, request.query.get('session') ?? ''),
            ({ address, beganAt }) => ({ session: { address, beganAt: shownTime(beganAt) } }),
          );
          return done;
        case 'reset-password': {
          const issued = await issuePassword(passwords);
          const { oneTimeUntil } = await runOperation(
            store,
            operation,
            (within) => createOperators(within, now).resetPassword(username, issued.passwordHash),
            ({ sessionsEnded }) => ({ sessionsEnded }),
          );
          return passwordPage(language, username, issued, oneTimeUntil);
        }
      }
    };
    return orFault(language, work, (answer) => confirmPage(request, answer));
  }

  /** @throws PageError if the address names no operator. */
  async function named({ query }: PageRequest): Promise<Operator> {
    const operator = await operators.find(query.get('username') ?? '');
    if (operator === null) throw new PageError('not-found');
    const { passwordHash: _, ...shown } = operator;
    return shown;
  }

  return {
    name: 'operators',
    views: join(import.meta.dirname, 'views'),
    menu: { path: LIST, label: { zh: WORDS.zh.menu, en: WORDS.en.menu }, permission: 'operators.manage' },
    pages: [
      { method: 'get', path: LIST, access: 'operators.manage', handler: list },
      { method: 'get', path: ADD, access: 'operators.manage', handler: async (request) => addPage(request) },
      { method: 'post', path: ADD, access: 'operators.manage', handler: add },
      { method: 'get', path: ONE, access: 'operators.manage', handler: (request) => onePage(request) },
      { method: 'post', path: ONE, access: 'operators.manage', handler: change },
      { method: 'get', path: DO, access: 'operators.manage', handler: (request) => confirmPage(request) },
      { method: 'post', path: DO, access: 'operators.manage', handler: act },
    ],
  };
}

/** Whether it can be done with an operator as a whole. */
function isPossible(action: Action, { disabledAt, hasSecondFactor }: Operator): boolean {
  if (action === 'end-session') return false;
  if (action === 'disable') return disabledAt === null;
  if (action === 'enable') return disabledAt !== null;
  return action !== 'reset-second-factor' || hasSecondFactor;
}

/** @throws PageError if the address names nothing that can be done. */
function actionIn({ query }: PageRequest): Action {
  const action = ACTIONS.find((known) => known === query.get('action'));
  if (action === undefined) throw new PageError('bad-input');
  return action;
}

/** Role and cinemas as they were filled in, or what is wrong with them. */
function rightsIn(form: SentTexts, language: Language): Rights | { fault: string } {
  const words = WORDS[language].form;
  const role = ROLES.find((known) => known === form.get('role'));
  if (role === undefined) return { fault: words.badRole };
  const cinemaCodes = chosenCinemas(form);
  if (cinemaCodes === null) return { fault: KIT_WORDS[language].cinemas.fault };
  if (role === 'administrator' && cinemaCodes !== 'all') return { fault: words.administratorSeesAll };
  return { role, cinemaCodes };
}

/** Does something with an operator, or shows the form again with what is wrong. */
async function orFault<T extends Page | Redirect>(
  language: Language,
  work: () => Promise<T>,
  show: (answer: Answer) => Page | Promise<Page>,
): Promise<T | Page> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OperatorFault)) throw error;
    return show({ fault: WORDS[language].faults[error.kind], status: 409 });
  }
}

function passwordPage(language: Language, username: string, { password }: IssuedPassword, oneTimeUntil: string): Page {
  const words = WORDS[language].issued;
  return issuedPage({
    title: words.title,
    text: words.text(oneTimeUntil.slice(0, 16).replace('T', ' ')),
    next: pathTo(ONE, username),
    issued: [
      [words.username, username],
      [words.password, password],
    ],
  });
}

function pathTo(path: string, username: string, more: Record<string, string> = {}): string {
  return `${path}?${new URLSearchParams({ username, ...more })}`;
}
