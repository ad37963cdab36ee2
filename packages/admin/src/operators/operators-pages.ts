import {
  createOperators,
  createSessions,
  type IssuedPassword,
  issuePassword,
  OPERATOR_CHANGES,
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
import {
  chosenCinemas,
  cinemaFields,
  cinemasShown,
  confirmation,
  type Field,
  FormRefused,
  formAt,
  formPage,
  issuedPage,
  listPage,
  nameInput,
  ownPassword,
} from '../forms.ts';
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
    const until = toTheMinute(oneTimeUntil);
    return until < shownTime(now()) ? states.oneTimeEnded : states.oneTime(until);
  }

  function addPage({ language, form }: PageRequest, answer: Answer): Page {
    const { add, form: words } = WORDS[language];
    const name = { value: form.get('username') ?? '', autocomplete: 'off', autofocus: true };
    const fields = [nameInput('username', words.username, name, words.usernameHint), ...rightsFields(language, form)];
    const { title, submit } = add;
    return formPage({ title, isWide: true, form: { action: ADD, fields, submit, cancel: { path: LIST } } }, answer);
  }

  async function add(request: PageRequest): Promise<Page> {
    const { language, form } = request;
    const rights = rightsIn(form, language);
    await changes.confirmPassword(request);
    const username = form.get('username')?.trim() ?? '';
    const issued = await issuePassword(passwords);
    const operation = changes.operation(request, 'operator add', { ...rights, username });
    const oneTimeUntil = await orRefuse(language, () =>
      runOperation(store, operation, (within) =>
        createOperators(within, now).add({ username, ...rights, passwordHash: issued.passwordHash }),
      ),
    );
    return passwordPage(language, username, issued, oneTimeUntil);
  }

  async function onePage(request: PageRequest, { fault, ...answer }: Answer): Promise<Page> {
    const { language, query } = request;
    const words = WORDS[language];
    const shown = await named(request);
    const { username, role } = shown;
    const sessions = await createSessions(store, now).list(username);
    const stands = Object.entries({ role, ...cinemasShown(shown.cinemaCodes) });
    // What was filled in is shown again, unless somebody else has changed the operator meanwhile.
    const typed = answer.status === 409 ? new Map<string, string>() : request.form;
    const typedOr = (name: string, value: string) => typed.get(name) ?? value;
    const rights = new Map(stands.map(([name, value]) => [name, typedOr(name, value)]));
    const done = query.get('done');
    const action = ACTIONS.find((known) => known === done);
    const factor = shown.hasSecondFactor ? words.list.yes : words.list.no;
    const title = words.one.title(username);
    return {
      title,
      view: 'kit/operator',
      ...answer,
      data: {
        t: words,
        title,
        state: [
          ...[stateOf(shown, language), `${words.list.columns.secondFactor} ${factor}`],
          words.one.sessions(sessions.length),
        ],
        sessions: sessionTable(language, sessions, ({ tokenHash }) => ({
          path: pathTo(DO, username, { action: 'end-session', session: tokenHash }),
          label: words.actions['end-session'].button,
        })),
        form: {
          action: pathTo(ONE, username),
          hidden: Object.fromEntries(stands.map(([name, value]) => [`from-${name}`, typedOr(`from-${name}`, value)])),
          fields: rightsFields(language, rights),
          submit: words.one.save,
          cancel: { path: LIST, label: words.back },
        },
        fault: fault ?? null,
        actions: ACTIONS.filter((known) => isPossible(known, shown)).map((known) => ({
          button: words.actions[known].button,
          path: pathTo(DO, username, { action: known }),
        })),
        done: done === 'saved' ? words.saved : action === undefined ? null : words.actions[action].done,
      },
    };
  }

  async function change(request: PageRequest): Promise<Redirect> {
    const { language, form } = request;
    const { username } = await named(request);
    const rights = rightsIn(form, language);
    const from = rightsIn(
      new Map(['role', 'which', 'cinemas'].map((name) => [name, form.get(`from-${name}`) ?? ''])),
      language,
    );
    await changes.confirmPassword(request);
    const operation = changes.operation(request, 'operator change', { username });
    await orRefuse(language, () =>
      runOperation(
        store,
        operation,
        (within) => createOperators(within, now).change(username, { ...rights, from }),
        (changed) => changed,
      ),
    );
    return { redirect: pathTo(ONE, username, { done: 'saved' }) };
  }

  async function confirmPage(request: PageRequest, answer: Answer): Promise<Page> {
    const { language } = request;
    const { username } = await named(request);
    const action = actionIn(request);
    const session = request.query.get('session');
    const { title, text, submit } = WORDS[language].actions[action];
    const { length: sessions } = await createSessions(store, now).list(username);
    const form = {
      action: pathTo(DO, username, { action, ...(session && { session }) }),
      back: pathTo(ONE, username),
      fields: [ownPassword(language, { autofocus: true })],
      submit,
      isDanger: action !== 'enable',
    };
    return confirmation({ title: title(username), text: text(sessions), ...form }, answer);
  }

  async function act(request: PageRequest): Promise<Page | Redirect> {
    const { language, query } = request;
    const { username } = await named(request);
    const action = actionIn(request);
    await changes.confirmPassword(request);
    const operation = changes.operation(request, `operator ${action}`, { username });
    if (action === 'reset-password') {
      const issued = await issuePassword(passwords);
      const { oneTimeUntil } = await runOperation(
        store,
        operation,
        (within) => createOperators(within, now).resetPassword(username, issued.passwordHash),
        ({ sessionsEnded }) => ({ sessionsEnded }),
      );
      return passwordPage(language, username, issued, oneTimeUntil);
    }
    if (action === 'end-session') {
      // One that has ended meanwhile is not an error.
      await tryOperation(
        store,
        operation,
        (within) => createSessions(within, now).endOne(username, query.get('session') ?? ''),
        ({ address, beganAt }) => ({ session: { address, beganAt: shownTime(beganAt) } }),
      );
    } else {
      const make = OPERATOR_CHANGES[action];
      await orRefuse(language, () =>
        runOperation(
          store,
          operation,
          (within): Promise<object> => make(within, now, username),
          (outcome) => outcome,
        ),
      );
    }
    return { redirect: pathTo(ONE, username, { done: action }) };
  }

  /** @throws PageError if the address names no operator. */
  async function named({ query }: PageRequest): Promise<Operator> {
    const operator = await operators.find(query.get('username') ?? '');
    if (operator === null) throw new PageError('not-found');
    return operator;
  }

  return {
    name: 'operators',
    menu: { path: LIST, label: { zh: WORDS.zh.menu, en: WORDS.en.menu }, permission: 'operators.manage' },
    pages: [
      { method: 'get', path: LIST, access: 'operators.manage', handler: list },
      ...formAt(ADD, 'operators.manage', addPage, add),
      ...formAt(ONE, 'operators.manage', onePage, change),
      ...formAt(DO, 'operators.manage', confirmPage, act),
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

function rightsFields(language: Language, shown: SentTexts): Field[] {
  const { role, roles, administratorHint: hint } = WORDS[language].form;
  const choices = ROLES.map((value) => ({
    ...({ type: 'radio', name: 'role', value, label: roles[value], isChosen: shown.get('role') === value } as const),
  }));
  return [
    { name: 'role', legend: role, choices, hint },
    ...cinemaFields(language, { which: shown.get('which'), cinemas: shown.get('cinemas') ?? '' }),
    ownPassword(language),
  ];
}

/**
 * Role and cinemas as they were filled in.
 * @throws FormRefused with what is wrong with them.
 */
function rightsIn(form: SentTexts, language: Language): Rights {
  const words = WORDS[language].form;
  const role = ROLES.find((known) => known === form.get('role'));
  if (role === undefined) throw new FormRefused({ fault: words.badRole, status: 400 });
  const cinemaCodes = chosenCinemas(form, language);
  if (role !== 'administrator' || cinemaCodes === 'all') return { role, cinemaCodes };
  throw new FormRefused({ fault: words.administratorSeesAll, status: 400 });
}

/** @throws FormRefused where it cannot be done with the operator. */
async function orRefuse<T>(language: Language, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OperatorFault)) throw error;
    throw new FormRefused({ fault: WORDS[language].faults[error.kind], status: 409 });
  }
}

function passwordPage(language: Language, username: string, { password }: IssuedPassword, oneTimeUntil: string): Page {
  const words = WORDS[language].issued;
  return issuedPage({
    title: words.title,
    text: words.text(toTheMinute(oneTimeUntil)),
    next: pathTo(ONE, username),
    issued: [
      [words.username, username],
      [words.password, password],
    ],
  });
}

const toTheMinute = (time: string): string => time.slice(0, 16).replace('T', ' ');

function pathTo(path: string, username: string, more: Record<string, string> = {}): string {
  return `${path}?${new URLSearchParams({ username, ...more })}`;
}
