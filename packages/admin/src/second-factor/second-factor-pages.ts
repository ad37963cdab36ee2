import { isTotpSecret, MAX_PASSKEYS, makeTotpSecret } from '@ticket-check/operators';
import { FormRefused, formAt, formPage, input } from '../forms.ts';
import type { Answer, Page, PageRequest, PageSet, Redirect } from '../page.ts';
import { PageError, parseReturnPath, withReturn } from '../sent-texts.ts';
import { WORDS as KIT_WORDS } from '../words.ts';
import { type OwnSecondFactor, passkeyName, takesPasskeys } from './own-second-factor.ts';
import { WORDS } from './words.ts';

const SET_UP = '/account/second-factor';
const ADD_PASSKEY = '/account/passkeys/add';
const PASSKEY_MADE = '/account/passkeys/made';

/** Pages on which somebody whose role needs a second factor sets one up at the login. Scheme 5.3.2.1; reading S4. */
export function secondFactorPages(own: OwnSecondFactor): NonNullable<PageSet['pages']> {
  const returnIn = ({ form, query }: PageRequest) => parseReturnPath(form.get('return') ?? query.get('return'));

  async function setUpPage(request: PageRequest, answer: Answer): Promise<Page | Redirect> {
    const { language, form } = request;
    // They have one: others are set up there.
    if (!own.isFirst(request)) return { redirect: '/account' };
    const words = WORDS[language].setUp;
    const secret = form.get('secret') ?? (await makeTotpSecret());
    const returnPath = returnIn(request);
    const code = { inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 7, autofocus: true };
    return formPage(
      {
        title: words.title,
        notices: [words.demanded],
        app: {
          words,
          symbol: await own.symbolOf(request, secret),
          secret: secret.replaceAll(/(.{4})(?!$)/g, '$1 '),
        },
        form: {
          action: SET_UP,
          hidden: { return: returnPath, secret },
          fields: [input('code', words.code, code)],
          submit: words.submit,
        },
        link: { path: withReturn(ADD_PASSKEY, returnPath), label: words.byPasskey },
      },
      answer,
    );
  }

  async function setUp(request: PageRequest): Promise<Page | Redirect> {
    const { form, language } = request;
    const secret = form.get('secret') ?? '';
    if (!own.isFirst(request)) return { redirect: '/account' };
    if (!isTotpSecret(secret)) throw new PageError('bad-input');
    const done = await own.setUpApp(request, { secret, code: form.get('code') ?? '' });
    if (done === null) throw new FormRefused({ fault: WORDS[language].setUp.wrongCode, status: 400 });
    return codesPage(request, done.recoveryCodes);
  }

  async function passkeyPage(request: PageRequest, answer: Answer): Promise<Page | Redirect> {
    const { operator, language, host, form } = request;
    if (!own.isFirst(request)) return { redirect: '/account' };
    const { title, intro, name, nameHint, next, tooMany } = WORDS[language].passkey;
    const isFull = (await own.state(operator.username)).passkeys.length >= MAX_PASSKEYS;
    if (!takesPasskeys(host) || isFull) {
      const fault = isFull ? tooMany : KIT_WORDS[language].passkey.isAddress;
      return formPage({ title, link: { path: SET_UP, label: KIT_WORDS[language].goBack } }, { ...answer, fault });
    }
    return formPage(
      {
        title,
        texts: [intro],
        form: {
          action: ADD_PASSKEY,
          hidden: { return: returnIn(request) },
          fields: [input('name', name, { value: form.get('name') ?? '', maxlength: 64 }, nameHint)],
          submit: next,
          cancel: { path: SET_UP },
        },
      },
      answer,
    );
  }

  /** Has the browser make a passkey. */
  async function offerPasskey(request: PageRequest): Promise<Page | Redirect> {
    const { language, host, form } = request;
    if (!own.isFirst(request)) return { redirect: '/account' };
    const { title, device, make, badName } = WORDS[language].passkey;
    const name = passkeyName(form.get('name') ?? '');
    if (!takesPasskeys(host)) throw new FormRefused({ status: 400 });
    if (name === null) throw new FormRefused({ fault: badName, status: 400 });
    const hidden = { return: returnIn(request), name };
    const options = await own.offerPasskey(request);
    return formPage({
      title,
      texts: [device],
      passkey: { kind: 'make', options, action: PASSKEY_MADE, hidden, button: make },
      link: { path: SET_UP, label: KIT_WORDS[language].cancel },
    });
  }

  async function addPasskey(request: PageRequest): Promise<Page | Redirect> {
    const { language, host, form } = request;
    const name = passkeyName(form.get('name') ?? '');
    if (!own.isFirst(request)) return { redirect: '/account' };
    if (name === null || !takesPasskeys(host)) throw new PageError('bad-input');
    const done = await own.addPasskey(request, { name, credential: form.get('credential') ?? '' });
    if (done === null) return passkeyPage(request, { fault: WORDS[language].passkey.refused, status: 400 });
    return codesPage(request, done.recoveryCodes ?? []);
  }

  /** Shows recovery codes, this once. */
  function codesPage(request: PageRequest, codes: readonly string[]): Page {
    const { title, text, done, next: submit } = WORDS[request.language].codes;
    return { title, view: 'kit/issued', data: { title, text, codes, done, submit, next: returnIn(request) } };
  }

  return [
    ...formAt(SET_UP, 'own password', setUpPage, setUp),
    ...formAt(ADD_PASSKEY, 'own password', passkeyPage, offerPasskey),
    { method: 'post', path: PASSKEY_MADE, access: 'own password', handler: addPasskey },
  ];
}
