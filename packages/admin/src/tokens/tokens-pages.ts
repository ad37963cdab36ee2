import {
  createApiTokens,
  type OperationTables,
  type OperatorTables,
  type Permission,
  parseEnd,
  runOperation,
} from '@ticket-check/operators';
import { ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import {
  chosenCinemas,
  cinemaFields,
  confirmation,
  FormRefused,
  formAt,
  formPage,
  input,
  issuedPage,
  listPage,
  nameInput,
  ownPassword,
} from '../forms.ts';
import { type Answer, type Page, type PageRequest, type PageSet, type Redirect, shownTime } from '../page.ts';
import type { Changes } from '../second-factor/changes.ts';
import { PageError } from '../sent-texts.ts';
import { WORDS as KIT_WORDS } from '../words.ts';
import { WORDS } from './words.ts';

const LIST = '/tokens';
const ADD = `${LIST}/add`;
const REVOKE = `${LIST}/revoke`;

/** Pages on which administrators manage the tokens of machines, by the same rules as the commands. Reading S4. */
export function tokensPages(options: {
  store: Store<OperatorTables & OperationTables>;
  now: () => number;
  changes: Changes;
  /** What the console offers as JSON can be read with these. */
  permissions: readonly Permission[];
}): PageSet {
  const { store, now, changes, permissions } = options;
  const tokens = createApiTokens(store, now);

  async function list({ language, query }: PageRequest): Promise<Page> {
    const words = WORDS[language];
    const rows = (await tokens.list()).map((token) => {
      const ended = shownTime(now()) > shown(token.endsAt);
      const state = token.revokedAt !== null ? 'revoked' : ended ? 'ended' : token.isHeld ? 'held' : 'works';
      return {
        cells: [
          token.name,
          token.permissions.map((name) => words.permissions[name]).join(' · '),
          token.cinemaCodes === 'all' ? KIT_WORDS[language].allCinemas : token.cinemaCodes.join(', '),
          shown(token.endsAt),
          token.addedBy ?? words.nobody,
          token.usedAt === null ? words.never : shownTime(token.usedAt),
          words.states[state],
        ],
        act:
          state === 'works' || state === 'held'
            ? { path: pathTo(token.name), label: words.revoke.button, of: token.name }
            : null,
      };
    });
    const { title, intro, none } = words;
    const done = query.get('done') === 'revoked' ? words.revoke.done : null;
    const add = { path: ADD, label: words.add.title };
    return listPage(title, { heads: Object.values(words.columns), rows }, { add, intro, none, done });
  }

  function addPage({ language, form }: PageRequest, answer: Answer): Page {
    const { add: words, permissions: names } = WORDS[language];
    const typed = (name: string) => form.get(name) ?? '';
    const choices = permissions.map((name) => ({
      ...({ type: 'checkbox', name, value: '1', label: names[name], isChosen: form.has(name) } as const),
    }));
    const date = { inputmode: 'numeric', autocomplete: 'off', maxlength: 10, pattern: '\\d{4}-\\d{2}-\\d{2}' };
    const fields = [
      nameInput('name', words.name, { value: typed('name'), autocomplete: 'off', autofocus: true }, words.nameHint),
      { name: 'permissions', legend: words.permissions, choices },
      ...cinemaFields(language, { which: form.get('which'), cinemas: typed('cinemas') }),
      input('until', words.until, { ...date, title: words.untilHint, value: typed('until') }, words.untilHint),
      ownPassword(language),
    ];
    const { title, submit } = words;
    return formPage({ title, isWide: true, form: { action: ADD, fields, submit, cancel: { path: LIST } } }, answer);
  }

  async function add(request: PageRequest): Promise<Page> {
    const { language, form, operator } = request;
    const words = WORDS[language];
    const name = form.get('name')?.trim() ?? '';
    const chosen = permissions.filter((permission) => form.has(permission));
    if (chosen.length === 0) throw new FormRefused({ fault: words.add.faults.permissions, status: 400 });
    const cinemaCodes = chosenCinemas(form, language);
    const endsAt = await orRefuse(words.add.faults.until, 400, () => parseEnd(form.get('until')?.trim() ?? ''));
    const asked = { permissions: chosen, cinemaCodes, endsAt, name };
    await changes.confirmPassword(request);
    const operation = { ...changes.operation(request, 'token add'), what: asked };
    const secret = await orRefuse(words.add.faults.refused, 409, () =>
      runOperation(store, operation, (within) =>
        createApiTokens(within, now).add({ ...asked, actor: operator.username }),
      ),
    );
    const { title, text } = words.issued;
    return issuedPage({
      ...{ title, text, next: LIST },
      issued: [
        [words.columns.name, name],
        [title, secret],
      ],
    });
  }

  async function revokePage(request: PageRequest, answer: Answer): Promise<Page> {
    const { language } = request;
    const { never, revoke } = WORDS[language];
    const { name, usedAt } = await named(request);
    const text = revoke.text(usedAt === null ? never : shownTime(usedAt));
    const fields = [ownPassword(language, { autofocus: true })];
    const form = { action: pathTo(name), back: LIST, fields, submit: revoke.submit };
    return confirmation({ title: revoke.title(name), text, ...form }, answer);
  }

  async function revoke(request: PageRequest): Promise<Redirect> {
    const { name } = await named(request);
    await changes.confirmPassword(request);
    const operation = { ...changes.operation(request, 'token revoke'), what: { name } };
    await runOperation(store, operation, (within) => createApiTokens(within, now).revoke(name));
    return { redirect: `${LIST}?done=revoked` };
  }

  /** @throws PageError if the address names no token. */
  async function named({ query }: PageRequest) {
    const token = (await tokens.list()).find(({ name }) => name === query.get('name'));
    if (token === undefined) throw new PageError('not-found');
    return token;
  }

  return {
    name: 'tokens',
    menu: { path: LIST, label: { zh: WORDS.zh.menu, en: WORDS.en.menu }, permission: 'operators.manage' },
    pages: [
      { method: 'get', path: LIST, access: 'operators.manage', handler: list },
      ...formAt(ADD, 'operators.manage', addPage, add),
      ...formAt(REVOKE, 'operators.manage', revokePage, revoke),
    ],
  };
}

/** @throws FormRefused where it cannot be done. */
async function orRefuse<T>(fault: string, status: number, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ExpectedError ? new FormRefused({ fault, status }) : error;
  }
}

const shown = (time: string): string => time.slice(0, 16).replace('T', ' ');

const pathTo = (name: string): string => `${REVOKE}?${new URLSearchParams({ name })}`;
