import type { OperationTables, OperatorTables } from '@ticket-check/operators';
import {
  createSecondFactors,
  isTotpSecret,
  type Logins,
  makeTotpSecret,
  type Role,
  runOperation,
  totpUri,
  tryOperation,
} from '@ticket-check/operators/login';
import type { Store } from '@ticket-check/storage';
import QRCode from 'qrcode';
import type { InEachLanguage } from '../language.ts';
import { shownRefusal } from '../login/refusal.ts';
import type { Page, PageRequest, PageSet, Redirect } from '../page.ts';
import { parseReturnPath } from '../return-path.ts';
import { WORDS } from './words.ts';

const SET_UP = '/account/second-factor';
const REMOVE = `${SET_UP}/remove`;
const RENEW = `${SET_UP}/recovery-codes`;

type Answer = { fault?: string } & Pick<Page, 'status' | 'retryAfter'>;

/**
 * Pages to set up an authenticator app, to take it away and to get new recovery codes. All but the set-up that a role demands
 * ask for the password again, so that a browser left open gives nobody the account. Scheme 5.3.2.1; reading S4.
 */
export function secondFactorPages(options: {
  store: Store<OperatorTables & OperationTables>;
  now: () => number;
  logins: Pick<Logins, 'verify'>;
  site: InEachLanguage;
  secondFactorRoles: readonly Role[];
}): PageSet['pages'] {
  const { store, now, logins, site, secondFactorRoles } = options;

  const isDemanded = ({ operator }: PageRequest) => secondFactorRoles.includes(operator.role);
  const isFirst = (request: PageRequest) => isDemanded(request) && !request.operator.hasSecondFactor;
  const operation = ({ operator, address }: PageRequest, name: string) => ({
    ...{ name, actor: operator.username, from: address, now },
    what: { username: operator.username },
  });

  /** What is told where the password of a form is not the operator's. */
  async function passwordFault({ session, language, address, form }: PageRequest): Promise<Answer | null> {
    const outcome = await logins.verify(session, { password: form.get('current') ?? '', address });
    return outcome.kind === 'right' ? null : shownRefusal(language, outcome, WORDS[language].wrongPassword);
  }

  async function setUpPage(request: PageRequest, secret: string, { fault, ...answer }: Answer = {}): Promise<Page> {
    const { operator, language, host, query, form } = request;
    const words = WORDS[language];
    // One person may have accounts at several consoles.
    const label = `${operator.username}@${host}`;
    const uri = await totpUri({ secret, issuer: site[language], label });
    return {
      ...{ title: words.setUp.title, view: 'kit/set-up-second-factor', ...answer },
      data: {
        ...{ t: words, secret, fault: fault ?? null, isFirst: isFirst(request), isReplaced: operator.hasSecondFactor },
        shownSecret: secret.replaceAll(/(.{4})(?!$)/g, '$1 '),
        qr: await QRCode.toString(uri, { type: 'svg', margin: 2 }),
        action: SET_UP,
        returnPath: parseReturnPath(form.get('return') ?? query.get('return')),
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
    const fault = isFirst(request) ? null : await passwordFault(request);
    if (fault !== null) return setUpPage(request, secret, fault);
    const code = (form.get('code') ?? '').replaceAll(/\s/g, '');
    const done = await tryOperation(
      store,
      operation(request, 'operator set-up-second-factor'),
      (within) =>
        createSecondFactors(within, now).setUpTotp(operator.username, { secret, code, session: session.tokenHash }),
      ({ sessionsEnded }) => ({ kind: 'totp', sessionsEnded }),
    );
    if (done === null) return setUpPage(request, secret, { fault: words.wrongCode, status: 400 });
    return codesPage(request, done.recoveryCodes, WORDS[language].codes.done);
  }

  function codesPage({ language, form }: PageRequest, codes: readonly string[], notice: string | null): Page {
    const words = WORDS[language];
    const returnPath = parseReturnPath(form.get('return'));
    const next = returnPath === '/' ? '/account' : returnPath;
    return { title: words.codes.title, view: 'kit/recovery-codes', data: { t: words, codes, notice, next } };
  }

  function passwordForm(request: PageRequest, kind: 'renew' | 'remove', { fault, ...answer }: Answer = {}): Page {
    const words = WORDS[request.language];
    const action = kind === 'renew' ? RENEW : REMOVE;
    const isRefused = kind === 'remove' && isDemanded(request);
    return {
      ...{ title: words[kind].title, view: 'kit/second-factor-change', ...answer },
      data: { t: words, change: words[kind], action, fault: fault ?? null, isRefused, isDanger: kind === 'remove' },
    };
  }

  async function renew(request: PageRequest): Promise<Page | Redirect> {
    if (!request.operator.hasSecondFactor) return { redirect: SET_UP };
    const fault = await passwordFault(request);
    if (fault !== null) return passwordForm(request, 'renew', fault);
    const codes = await runOperation(store, operation(request, 'operator make-recovery-codes'), (within) =>
      createSecondFactors(within, now).makeRecoveryCodes(request.operator.username),
    );
    return codesPage(request, codes, null);
  }

  async function remove(request: PageRequest): Promise<Page | Redirect> {
    if (isDemanded(request)) return passwordForm(request, 'remove', { status: 403 });
    const fault = await passwordFault(request);
    if (fault !== null) return passwordForm(request, 'remove', fault);
    await tryOperation(store, operation(request, 'operator remove-second-factor'), async (within) =>
      (await createSecondFactors(within, now).removeTotp(request.operator.username)) ? true : null,
    );
    return { redirect: '/account?done=second-factor-removed' };
  }

  return [
    { method: 'get', path: SET_UP, access: 'own password', handler: async (r) => setUpPage(r, await makeTotpSecret()) },
    { method: 'post', path: SET_UP, access: 'own password', handler: setUp },
    { method: 'get', path: RENEW, access: 'logged in', handler: async (request) => passwordForm(request, 'renew') },
    { method: 'post', path: RENEW, access: 'logged in', handler: renew },
    { method: 'get', path: REMOVE, access: 'logged in', handler: async (request) => passwordForm(request, 'remove') },
    { method: 'post', path: REMOVE, access: 'logged in', handler: remove },
  ];
}
