import {
  createPasskeys,
  createSecondFactors,
  isTotpSecret,
  makeTotpSecret,
  type OperationTables,
  type OperatorTables,
  totpUri,
  tryOperation,
} from '@ticket-check/operators';
import type { Store } from '@ticket-check/storage';
import { confirmation } from '../forms.ts';
import type { InEachLanguage } from '../language.ts';
import type { Answer, Page, PageRequest, PageSet, Redirect } from '../page.ts';
import { parseReturnPath, withReturn } from '../sent-texts.ts';
import type { Changes } from './changes.ts';
import { WORDS } from './words.ts';

const SET_UP = '/account/second-factor';
const REMOVE = `${SET_UP}/remove`;
const RENEW = `${SET_UP}/recovery-codes`;

/** Pages to set up an authenticator app, to take it away and to get new recovery codes. Scheme 5.3.2.1; reading S4. */
export function secondFactorPages(options: {
  store: Store<OperatorTables & OperationTables>;
  now: () => number;
  site: InEachLanguage;
  changes: Changes;
}): NonNullable<PageSet['pages']> {
  const { store, now, site, changes } = options;

  async function setUpPage(request: PageRequest, secret: string, { fault, ...answer }: Answer = {}): Promise<Page> {
    const { operator, language, host, query, form } = request;
    const words = WORDS[language];
    // One person may have accounts at several consoles.
    const label = `${operator.username}@${host}`;
    const uri = await totpUri({ secret, issuer: site[language], label });
    const { totpSince } = await createSecondFactors(store, now).state(operator.username);
    const returnPath = parseReturnPath(form.get('return') ?? query.get('return'));
    // Services start sooner without it.
    const { toString: toQr } = await import('qrcode');
    return {
      title: words.setUp.title,
      view: 'kit/set-up-second-factor',
      ...answer,
      data: {
        t: words,
        secret,
        fault: fault ?? null,
        isFirst: changes.isFirst(request),
        isReplaced: totpSince !== null,
        shownSecret: secret.replaceAll(/(.{4})(?!$)/g, '$1 '),
        qr: await toQr(uri, { type: 'svg', margin: 2 }),
        action: SET_UP,
        returnPath,
        byPasskey: withReturn('/account/passkeys/add', returnPath),
      },
    };
  }

  async function setUp(request: PageRequest): Promise<Page> {
    const { session, operator, language, form } = request;
    const words = WORDS[language].setUp;
    const secret = form.get('secret') ?? '';
    if (!isTotpSecret(secret)) {
      return setUpPage(request, await makeTotpSecret(), { fault: words.badSecret, status: 400 });
    }
    const fault = await changes.passwordFault(request);
    if (fault !== null) return setUpPage(request, secret, fault);
    const code = (form.get('code') ?? '').replaceAll(/\s/g, '');
    const done = await tryOperation(
      store,
      changes.operation(request, 'operator set-up-second-factor', { kind: 'totp' }),
      (within) =>
        createSecondFactors(within, now).setUpTotp(operator.username, { secret, code, session: session.tokenHash }),
      ({ sessionsEnded }) => ({ sessionsEnded }),
    );
    if (done === null) return setUpPage(request, secret, { fault: words.wrongCode, status: 400 });
    return changes.codesPage(request, done.recoveryCodes, WORDS[language].codes.done);
  }

  async function passwordForm(request: PageRequest, kind: 'renew' | 'remove', answer: Answer = {}): Promise<Page> {
    const words = WORDS[request.language];
    const { title, text, submit } = words[kind];
    const shown = {
      ...{ title, text, submit, current: words.setUp.current },
      action: kind === 'renew' ? RENEW : REMOVE,
      back: '/account',
      refused: kind === 'remove' && (await isNeeded(request)) ? words.remove.demanded : null,
      isDanger: kind === 'remove',
    };
    return confirmation(shown, answer);
  }

  /** Whether the operator's role needs a second factor, and the app is the only one that they have. */
  async function isNeeded(request: PageRequest): Promise<boolean> {
    return (
      changes.isDemanded(request) && (await createPasskeys(store, now).list(request.operator.username)).length === 0
    );
  }

  async function renew(request: PageRequest): Promise<Page | Redirect> {
    if (!request.operator.hasSecondFactor) return { redirect: SET_UP };
    const fault = await changes.passwordFault(request);
    if (fault !== null) return passwordForm(request, 'renew', fault);
    const { session, operator } = request;
    const codes = await tryOperation(store, changes.operation(request, 'operator make-recovery-codes'), (within) =>
      createSecondFactors(within, now).makeRecoveryCodes(operator.username, session.tokenHash),
    );
    if (codes === null) return { redirect: SET_UP };
    return changes.codesPage(request, codes, null);
  }

  async function remove(request: PageRequest): Promise<Page | Redirect> {
    if (await isNeeded(request)) return passwordForm(request, 'remove', { status: 403 });
    const fault = await changes.passwordFault(request);
    if (fault !== null) return passwordForm(request, 'remove', fault);
    const operation = changes.operation(request, 'operator remove-second-factor', { kind: 'totp' });
    const isDemanded = changes.isDemanded(request);
    const removed = await tryOperation(store, operation, async (within) =>
      (await createSecondFactors(within, now).removeTotp(request.operator.username, { isDemanded })) ? true : null,
    );
    // The passkeys went while the password was verified.
    if (removed === null && (await isNeeded(request))) return passwordForm(request, 'remove', { status: 403 });
    return { redirect: '/account?done=second-factor-removed' };
  }

  return [
    { method: 'get', path: SET_UP, access: 'own password', handler: async (r) => setUpPage(r, await makeTotpSecret()) },
    { method: 'post', path: SET_UP, access: 'own password', handler: setUp },
    { method: 'get', path: RENEW, access: 'logged in', handler: (request) => passwordForm(request, 'renew') },
    { method: 'post', path: RENEW, access: 'logged in', handler: renew },
    { method: 'get', path: REMOVE, access: 'logged in', handler: (request) => passwordForm(request, 'remove') },
    { method: 'post', path: REMOVE, access: 'logged in', handler: remove },
  ];
}
