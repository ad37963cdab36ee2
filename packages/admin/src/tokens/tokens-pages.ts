import { join } from 'node:path';
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
import { chosenCinemas, cinemasTyped, confirmation, issuedPage, listPage } from '../forms.ts';
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

  function addPage({ language, form }: PageRequest, { fault, ...answer }: Answer = {}): Page {
    const words = WORDS[language];
    const typed = (name: string) => form.get(name) ?? '';
    const data = {
      t: words,
      permissions,
      action: ADD,
      list: LIST,
      fault: fault ?? null,
      name: typed('name'),
      ...cinemasTyped(form),
      until: typed('until'),
      chosen: permissions.filter((name) => form.has(name)),
    };
    return { title: words.add.title, view: 'tokens/add', ...answer, data };
  }

  async function add(request: PageRequest): Promise<Page> {
    const { language, form } = request;
    const words = WORDS[language];
    const asked = { ...attempt(form), name: form.get('name')?.trim() ?? '' };
    if ('fault' in asked) {
      const faults = { ...words.add.faults, cinemas: KIT_WORDS[language].cinemas.fault };
      return addPage(request, { fault: faults[asked.fault], status: 400 });
    }
    const fault = await changes.passwordFault(request);
    if (fault !== null) return addPage(request, fault);
    const operation = { ...changes.operation(request, 'token add'), what: asked };
    try {
      const secret = await runOperation(store, operation, (within) =>
        createApiTokens(within, now).add({ ...asked, actor: request.operator.username }),
      );
      const { title, text } = words.issued;
      return issuedPage({
        title,
        text,
        next: LIST,
        issued: [
          [words.columns.name, asked.name],
          [title, secret],
        ],
      });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      return addPage(request, { fault: words.add.faults.refused, status: 409 });
    }
  }

  /** What was filled in, or which field is wrong. */
  function attempt(form: PageRequest['form']) {
    const chosen = permissions.filter((name) => form.has(name));
    if (chosen.length === 0) return { fault: 'permissions' } as const;
    const cinemaCodes = chosenCinemas(form);
    if (cinemaCodes === null) return { fault: 'cinemas' } as const;
    const endsAt = orNull(() => parseEnd(form.get('until')?.trim() ?? ''));
    return endsAt === null ? ({ fault: 'until' } as const) : { permissions: chosen, cinemaCodes, endsAt };
  }

  async function revokePage(request: PageRequest, answer: Answer = {}): Promise<Page> {
    const { never, revoke } = WORDS[request.language];
    const { name, usedAt } = await named(request);
    const shown = {
      title: revoke.title(name),
      text: revoke.text(usedAt === null ? never : shownTime(usedAt)),
      submit: revoke.submit,
      current: KIT_WORDS[request.language].ownPassword,
    };
    return confirmation({ ...shown, action: pathTo(name), back: LIST }, answer);
  }

  async function revoke(request: PageRequest): Promise<Page | Redirect> {
    const { name } = await named(request);
    const fault = await changes.passwordFault(request);
    if (fault !== null) return revokePage(request, fault);
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
    views: join(import.meta.dirname, 'views'),
    menu: { path: LIST, label: { zh: WORDS.zh.menu, en: WORDS.en.menu }, permission: 'operators.manage' },
    pages: [
      { method: 'get', path: LIST, access: 'operators.manage', handler: list },
      { method: 'get', path: ADD, access: 'operators.manage', handler: async (request) => addPage(request) },
      { method: 'post', path: ADD, access: 'operators.manage', handler: add },
      { method: 'get', path: REVOKE, access: 'operators.manage', handler: (request) => revokePage(request) },
      { method: 'post', path: REVOKE, access: 'operators.manage', handler: revoke },
    ],
  };
}

/** What was read; null if it cannot be. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExpectedError) return null;
    throw error;
  }
}

const shown = (time: string): string => time.slice(0, 16).replace('T', ' ');

const pathTo = (name: string): string => `${REVOKE}?${new URLSearchParams({ name })}`;
