import {
  createPasskeys,
  createSecondFactors,
  isTotpSecret,
  MAX_PASSKEYS,
  makeTotpSecret,
  type OperationTables,
  type OperatorTables,
  rpIdOf,
  totpUri,
  tryOperation,
} from '@ticket-check/operators';
import type { Store } from '@ticket-check/storage';
import { confirmation, FormRefused, formAt, formPage, input, passwordInput } from '../forms.ts';
import type { InEachLanguage, Language } from '../language.ts';
import type { Answer, Page, PageRequest, PageSet, Redirect } from '../page.ts';
import { PageError, parseReturnPath, withReturn } from '../sent-texts.ts';
import { WORDS as KIT_WORDS } from '../words.ts';
import type { Changes } from './changes.ts';
import { WORDS } from './words.ts';

const ACCOUNT = '/account';
const SET_UP = `${ACCOUNT}/second-factor`;
const REMOVE = `${SET_UP}/remove`;
const RENEW = `${SET_UP}/recovery-codes`;
const ADD_PASSKEY = `${ACCOUNT}/passkeys/add`;
const PASSKEY_MADE = `${ACCOUNT}/passkeys/made`;
const REMOVE_PASSKEY = `${ACCOUNT}/passkeys/remove`;
const LONGEST_NAME = 64;

/** How a second factor is removed, and in which words. */
type Removal = {
  readonly words: { readonly title: string; readonly text: string; readonly submit: string };
  readonly action: string;
  readonly what: object;
  remove(store: Store<OperatorTables>, isDemanded: boolean): Promise<unknown>;
};

/** Pages to set up an authenticator app, passkeys and recovery codes, and to take them away. Scheme 5.3.2.1; reading S4. */
export function secondFactorPages(options: {
  store: Store<OperatorTables & OperationTables>;
  now: () => number;
  site: InEachLanguage;
  changes: Changes;
}): NonNullable<PageSet['pages']> {
  const { store, now, site, changes } = options;
  const passkeys = createPasskeys(store, now);
  const current = (language: Language, attributes = {}) =>
    passwordInput('current', WORDS[language].setUp.current, attributes);
  /** The only field of a page. */
  const onlyCurrent = (language: Language) => [current(language, { autofocus: true })];
  /** The password, where the set-up is no part of the login. */
  const currentUnlessFirst = (request: PageRequest) => (changes.isFirst(request) ? [] : [current(request.language)]);
  const returnIn = ({ form, query }: PageRequest) => parseReturnPath(form.get('return') ?? query.get('return'));

  async function setUpPage(request: PageRequest, answer: Answer): Promise<Page> {
    const { operator, language, host, form } = request;
    const words = WORDS[language].setUp;
    const sent = form.get('secret');
    const secret = sent ?? (await makeTotpSecret());
    // One person may have accounts at several consoles.
    const uri = await totpUri({ secret, issuer: site[language], label: `${operator.username}@${host}` });
    const { totpSince } = await createSecondFactors(store, now).state(operator.username);
    const returnPath = returnIn(request);
    const isFirst = changes.isFirst(request);
    // Services start sooner without it.
    const { toString: toQr } = await import('qrcode');
    const symbol = await toQr(uri, { type: 'svg', margin: 2 });
    const code = { inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 7 };
    return formPage(
      {
        title: words.title,
        notices: [...(isFirst ? [words.demanded] : []), ...(totpSince === null ? [] : [words.replaces])],
        app: { words, symbol, secret: secret.replaceAll(/(.{4})(?!$)/g, '$1 ') },
        form: {
          action: SET_UP,
          hidden: { return: returnPath, secret },
          fields: [input('code', words.code, code), ...currentUnlessFirst(request)],
          submit: words.submit,
        },
        link: isFirst
          ? { path: withReturn(ADD_PASSKEY, returnPath), label: words.byPasskey }
          : { path: ACCOUNT, label: KIT_WORDS[language].cancel },
      },
      answer,
    );
  }

  async function setUp(request: PageRequest): Promise<Page> {
    const { session, operator, language, form } = request;
    const secret = form.get('secret') ?? '';
    if (!isTotpSecret(secret)) throw new PageError('bad-input');
    await changes.confirmPassword(request);
    const code = (form.get('code') ?? '').replaceAll(/\s/g, '');
    const done = await tryOperation(
      store,
      changes.operation(request, 'operator set-up-second-factor', { kind: 'totp' }),
      (within) =>
        createSecondFactors(within, now).setUpTotp(operator.username, { secret, code, session: session.tokenHash }),
      ({ sessionsEnded }) => ({ sessionsEnded }),
    );
    if (done === null) throw new FormRefused({ fault: WORDS[language].setUp.wrongCode, status: 400 });
    return changes.codesPage(request, done.recoveryCodes, WORDS[language].codes.done);
  }

  async function renew(request: PageRequest): Promise<Page | Redirect> {
    if (!request.operator.hasSecondFactor) return { redirect: SET_UP };
    await changes.confirmPassword(request);
    const { session, operator } = request;
    const codes = await tryOperation(store, changes.operation(request, 'operator make-recovery-codes'), (within) =>
      createSecondFactors(within, now).makeRecoveryCodes(operator.username, session.tokenHash),
    );
    return codes === null ? { redirect: SET_UP } : changes.codesPage(request, codes, null);
  }

  async function passkeyPage(request: PageRequest, answer: Answer): Promise<Page> {
    const { operator, language, host, form } = request;
    const { isAddress } = KIT_WORDS[language].passkey;
    const { title, intro, name, nameHint, next, tooMany } = WORDS[language].passkey;
    const isFull = (await passkeys.list(operator.username)).length >= MAX_PASSKEYS;
    const back = changes.isFirst(request) ? SET_UP : ACCOUNT;
    if (rpIdOf(host) === null || isFull) {
      const fault = rpIdOf(host) === null ? isAddress : tooMany;
      return formPage({ title, link: { path: back, label: KIT_WORDS[language].goBack } }, { ...answer, fault });
    }
    const called = { value: form.get('name') ?? '', maxlength: LONGEST_NAME };
    return formPage(
      {
        title,
        texts: [intro],
        form: {
          action: ADD_PASSKEY,
          hidden: { return: returnIn(request) },
          fields: [input('name', name, called, nameHint), ...currentUnlessFirst(request)],
          submit: next,
          cancel: { path: back },
        },
      },
      answer,
    );
  }

  /** Verifies the password, and then has the browser make a passkey. */
  async function offerPasskey(request: PageRequest): Promise<Page> {
    const { session, operator, language, host } = request;
    const { title, device, make, badName } = WORDS[language].passkey;
    const name = nameIn(request);
    if (rpIdOf(host) === null) throw new FormRefused({ status: 400 });
    if (name === null) throw new FormRefused({ fault: badName, status: 400 });
    await changes.confirmPassword(request);
    const asked = { session: session.tokenHash, host, site: site[language] };
    const options = await passkeys.offer(operator.username, asked);
    const hidden = { return: returnIn(request), name };
    return formPage({
      title,
      texts: [device],
      passkey: { kind: 'make', options, action: PASSKEY_MADE, hidden, button: make },
      link: { path: ACCOUNT, label: KIT_WORDS[language].cancel },
    });
  }

  async function addPasskey(request: PageRequest): Promise<Page | Redirect> {
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
    if (done === null) return passkeyPage(request, { fault: words.passkey.refused, status: 400 });
    if (done.recoveryCodes !== null) return changes.codesPage(request, done.recoveryCodes, words.codes.done);
    return { redirect: `${ACCOUNT}?done=passkey-added` };
  }

  /** Whether the operator's role needs a second factor, and they have no other one. */
  async function isNeeded(request: PageRequest): Promise<boolean> {
    const { username } = request.operator;
    if (!changes.isDemanded(request)) return false;
    const { totpSince } = await createSecondFactors(store, now).state(username);
    return (totpSince === null ? 0 : 1) + (await passkeys.list(username)).length <= 1;
  }

  const removalAt = (path: string, done: string, removalOf: (request: PageRequest) => Promise<Removal>) =>
    formAt(
      path,
      'logged in',
      async (request, answer) => {
        const { words, action } = await removalOf(request);
        const { language } = request;
        if (!(await isNeeded(request))) {
          return confirmation({ ...words, action, back: ACCOUNT, fields: onlyCurrent(language) }, answer);
        }
        const notices = [WORDS[language].remove.demanded];
        const link = { path: ACCOUNT, label: KIT_WORDS[language].goBack };
        return formPage({ title: words.title, notices, link }, answer);
      },
      async (request) => {
        const { what, remove } = await removalOf(request);
        if (await isNeeded(request)) throw new FormRefused({ status: 403 });
        await changes.confirmPassword(request);
        const operation = changes.operation(request, 'operator remove-second-factor', what);
        const removed = await tryOperation(store, operation, async (within) =>
          (await remove(within, changes.isDemanded(request))) ? true : null,
        );
        // What else there was went while the password was verified.
        if (removed === null && (await isNeeded(request))) throw new FormRefused({ status: 403 });
        return { redirect: `${ACCOUNT}?done=${done}` };
      },
    );

  async function appRemoval({ operator, language }: PageRequest): Promise<Removal> {
    return {
      words: WORDS[language].remove,
      action: REMOVE,
      what: { kind: 'totp' },
      remove: (within, isDemanded) => createSecondFactors(within, now).removeTotp(operator.username, { isDemanded }),
    };
  }

  /** Of the passkey that the address names; nothing is removed but one's own. */
  async function passkeyRemoval({ operator: { username }, query, language }: PageRequest): Promise<Removal> {
    const found = (await passkeys.list(username)).find(({ id }) => id === query.get('id'));
    if (found === undefined) throw new PageError('not-found');
    const { id, name } = found;
    const { title, text, submit } = WORDS[language].removePasskey;
    return {
      words: { title, text: text(name), submit },
      action: `${REMOVE_PASSKEY}?${new URLSearchParams({ id })}`,
      what: { kind: 'passkey', name },
      remove: (within, isDemanded) => createPasskeys(within, now).remove(username, { id, isDemanded }),
    };
  }

  return [
    ...formAt(SET_UP, 'own password', setUpPage, setUp),
    ...formAt(ADD_PASSKEY, 'own password', passkeyPage, offerPasskey),
    { method: 'post', path: PASSKEY_MADE, access: 'own password', handler: addPasskey },
    ...formAt(
      RENEW,
      'logged in',
      ({ language }, answer) => {
        const form = { action: RENEW, back: ACCOUNT, fields: onlyCurrent(language), isDanger: false };
        return confirmation({ ...WORDS[language].renew, ...form }, answer);
      },
      renew,
    ),
    ...removalAt(REMOVE, 'second-factor-removed', appRemoval),
    ...removalAt(REMOVE_PASSKEY, 'passkey-removed', passkeyRemoval),
  ];
}

/** How the operator calls a passkey; null if that is nothing, or too long. */
function nameIn({ form }: PageRequest): string | null {
  const name = form.get('name')?.trim().replaceAll(/\s+/g, ' ') ?? '';
  return name === '' || name.length > LONGEST_NAME ? null : name;
}
