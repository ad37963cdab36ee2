import type { LoginRefusal, Logins, Operation, Role } from '@ticket-check/operators';
import type { Language } from '../language.ts';
import type { Answer, Page, PageRequest } from '../page.ts';
import { parseReturnPath } from '../sent-texts.ts';
import { WORDS as KIT_WORDS } from '../words.ts';
import { WORDS } from './words.ts';

/** What the pages that change a second factor have in common. */
export type Changes = {
  /** Whether the operator's role needs a second factor. */
  isDemanded(request: PageRequest): boolean;
  /** Whether that is set up now, which is part of the login. */
  isFirst(request: PageRequest): boolean;
  /** The answer if the password of a form is not the operator's; null if it is, or is not required. */
  passwordFault(request: PageRequest): Promise<Answer | null>;
  operation(request: PageRequest, name: string, what?: object): Operation;
  /** Shows recovery codes, this once. */
  codesPage(request: PageRequest, codes: readonly string[], notice: string | null): Page;
};

/**
 * Everything but the set-up that a role demands asks for the password again, so that a browser left open gives nobody the
 * account.
 */
export function createChanges(options: {
  now: () => number;
  logins: Pick<Logins, 'verify'>;
  secondFactorRoles: readonly Role[];
}): Changes {
  const { now, logins, secondFactorRoles } = options;
  const isDemanded = ({ operator }: PageRequest) => secondFactorRoles.includes(operator.role);
  const isFirst = (request: PageRequest) => isDemanded(request) && !request.operator.hasSecondFactor;
  return {
    isDemanded,
    isFirst,
    async passwordFault(request) {
      const { session, language, address, form } = request;
      if (isFirst(request)) return null;
      const outcome = await logins.verify(session, { password: form.get('current') ?? '', address });
      return outcome.kind === 'right' ? null : shownRefusal(language, outcome, WORDS[language].wrongPassword);
    },
    operation: ({ operator: { username }, address }, name, what = {}) => ({
      name,
      actor: username,
      from: address,
      now,
      what: { username, ...what },
    }),
    codesPage({ language, form }, codes, notice) {
      const words = WORDS[language];
      const returnPath = parseReturnPath(form.get('return'));
      const next = returnPath === '/' ? '/account' : returnPath;
      return { title: words.codes.title, view: 'kit/recovery-codes', data: { t: words, codes, notice, next } };
    },
  };
}

/** Words a refused attempt, with the status of the page; `refused` says that it was wrong. */
export function shownRefusal(
  language: Language,
  refusal: LoginRefusal,
  refused = KIT_WORDS[language].login.refused,
): { fault: string } & Pick<Page, 'status' | 'retryAfter'> {
  const words = KIT_WORDS[language].login;
  if (refusal.kind === 'refused') return { fault: refused, status: 403 };
  return { fault: words.tooSoon(refusal.waitSeconds), status: 429, retryAfter: refusal.waitSeconds };
}

/** The data of the form that makes or shows a passkey (`kit/passkey-form`); without options there is no form. */
export function passkeyForm(
  kind: 'make' | 'show',
  options: object | null,
  { action, button, name = '' }: { action: string; button: string; name?: string },
) {
  return {
    passkeyKind: kind,
    passkeyOptions: options === null ? null : JSON.stringify(options),
    passkeyAction: action,
    passkeyButton: button,
    passkeyName: name,
  };
}
