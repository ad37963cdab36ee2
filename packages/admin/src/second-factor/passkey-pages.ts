import {
  createPasskeys,
  createSecondFactors,
  MAX_PASSKEYS,
  type OperationTables,
  type OperatorTables,
  rpIdOf,
  tryOperation,
} from '@ticket-check/operators';
import type { Store } from '@ticket-check/storage';
import { confirmation } from '../forms.ts';
import type { InEachLanguage } from '../language.ts';
import type { Answer, Page, PageRequest, PageSet, Redirect } from '../page.ts';
import { PageError, parseReturnPath } from '../sent-texts.ts';
import { WORDS as KIT_WORDS } from '../words.ts';
import { type Changes, passkeyForm } from './changes.ts';
import { WORDS } from './words.ts';

const ADD = '/account/passkeys/add';
const MADE = '/account/passkeys/made';
const REMOVE = '/account/passkeys/remove';
const LONGEST_NAME = 64;

/** Pages to add passkeys and to take them away. Scheme 5.3.2.1; reading S4. */
export function passkeyPages(options: {
  store: Store<OperatorTables & OperationTables>;
  now: () => number;
  site: InEachLanguage;
  changes: Changes;
}): NonNullable<PageSet['pages']> {
  const { store, now, site, changes } = options;
  const passkeys = createPasskeys(store, now);

  async function addPage(request: PageRequest, { fault, ...answer }: Answer = {}): Promise<Page> {
    const { operator, language, host, query, form } = request;
    const words = WORDS[language];
    const isFull = (await passkeys.list(operator.username)).length >= MAX_PASSKEYS;
    const refused =
      rpIdOf(host) === null ? KIT_WORDS[language].passkey.isAddress : isFull ? words.passkey.tooMany : null;
    return {
      title: words.passkey.title,
      view: 'kit/add-passkey',
      ...answer,
      data: {
        t: words,
        fault: fault ?? null,
        refused,
        isFirst: changes.isFirst(request),
        action: ADD,
        returnPath: parseReturnPath(form.get('return') ?? query.get('return')),
        longest: LONGEST_NAME,
        name: form.get('name') ?? '',
      },
    };
  }

  /** Verifies the password, and then has the browser make a passkey. */
  async function offer(request: PageRequest): Promise<Page> {
    const { session, operator, language, host, form } = request;
    const words = WORDS[language];
    const name = nameIn(request);
    if (rpIdOf(host) === null) return addPage(request, { status: 400 });
    if (name === null) return addPage(request, { fault: words.passkey.badName, status: 400 });
    const fault = await changes.passwordFault(request);
    if (fault !== null) return addPage(request, fault);
    const asked = { session: session.tokenHash, host, site: site[language] };
    const made = await passkeys.offer(operator.username, asked);
    return {
      title: words.passkey.title,
      view: 'kit/make-passkey',
      script: 'passkey',
      data: {
        t: words,
        returnPath: parseReturnPath(form.get('return')),
        ...passkeyForm('make', made, { action: MADE, button: words.passkey.make, name }),
      },
    };
  }

  async function add(request: PageRequest): Promise<Page | Redirect> {
    const { session, operator, language, host, form } = request;
    const words = WORDS[language];
    const name = nameIn(request);
    if (name === null || rpIdOf(host) === null) throw new PageError('bad-input');
    const made = { session: session.tokenHash, host, name, credential: form.get('credential') ?? '' };
    const done = await tryOperation(
      store,
      changes.operation(request, 'operator set-up-second-factor', { kind: 'passkey', name }),
      (within) => createPasskeys(within, now).add(operator.username, made),
      ({ sessionsEnded }) => ({ sessionsEnded }),
    );
    if (done === null) return addPage(request, { fault: words.passkey.refused, status: 400 });
    if (done.recoveryCodes !== null) return changes.codesPage(request, done.recoveryCodes, words.codes.done);
    return { redirect: '/account?done=passkey-added' };
  }

  /** The passkey that the address names; nothing is removed but one's own. */
  async function named({ operator, query }: PageRequest) {
    const id = query.get('id');
    const passkey = (await passkeys.list(operator.username)).find((known) => known.id === id);
    if (passkey === undefined) throw new PageError('not-found');
    return passkey;
  }

  async function removePage(request: PageRequest, answer: Answer = {}): Promise<Page> {
    const words = WORDS[request.language];
    const { id, name } = await named(request);
    const { title, text, submit } = words.removePasskey;
    const shown = {
      ...{ title, text: text(name), submit, current: words.setUp.current },
      action: `${REMOVE}?${new URLSearchParams({ id })}`,
      back: '/account',
      refused: (await isNeeded(request)) ? words.remove.demanded : null,
    };
    return confirmation(shown, answer);
  }

  /** Whether the operator's role needs a second factor, and this is the only one that they have. */
  async function isNeeded(request: PageRequest): Promise<boolean> {
    const { username } = request.operator;
    if (!changes.isDemanded(request)) return false;
    const { totpSince } = await createSecondFactors(store, now).state(username);
    return totpSince === null && (await passkeys.list(username)).length === 1;
  }

  async function remove(request: PageRequest): Promise<Page | Redirect> {
    const { id, name } = await named(request);
    if (await isNeeded(request)) return removePage(request, { status: 403 });
    const fault = await changes.passwordFault(request);
    if (fault !== null) return removePage(request, fault);
    const operation = changes.operation(request, 'operator remove-second-factor', { kind: 'passkey', name });
    const removed = await tryOperation(store, operation, (within) =>
      createPasskeys(within, now).remove(request.operator.username, { id, isDemanded: changes.isDemanded(request) }),
    );
    // What else there was went while the password was verified.
    if (removed === null && (await isNeeded(request))) return removePage(request, { status: 403 });
    return { redirect: '/account?done=passkey-removed' };
  }

  return [
    { method: 'get', path: ADD, access: 'own password', handler: (request) => addPage(request) },
    { method: 'post', path: ADD, access: 'own password', handler: offer },
    { method: 'post', path: MADE, access: 'own password', handler: add },
    { method: 'get', path: REMOVE, access: 'logged in', handler: (request) => removePage(request) },
    { method: 'post', path: REMOVE, access: 'logged in', handler: remove },
  ];
}

/** How the operator calls a passkey; null if that is nothing, or too long. */
function nameIn({ form }: PageRequest): string | null {
  const name = form.get('name')?.trim().replaceAll(/\s+/g, ' ') ?? '';
  return name === '' || name.length > LONGEST_NAME ? null : name;
}
