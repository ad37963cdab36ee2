import type { LoginRefusal, Logins, Role } from '@ticket-check/operators';
import { FormRefused, issuedPage } from '../forms.ts';
import type { Language } from '../language.ts';
import { type Answer, operationBy, type Page, type PageRequest } from '../page.ts';
import { parseReturnPath } from '../sent-texts.ts';
import { WORDS as KIT_WORDS } from '../words.ts';
import { WORDS } from './words.ts';

/** What the pages that change something about people have in common. */
export type Changes = ReturnType<typeof createChanges>;

/**
 * Everything but the set-up that a role demands asks for the password again, so that a browser left open gives nobody the
 * account.
 */
export function createChanges(options: {
  now: () => number;
  logins: Pick<Logins, 'verify'>;
  secondFactorRoles: readonly Role[];
}) {
  const { now, logins, secondFactorRoles } = options;
  /** Whether the operator's role needs a second factor. */
  const isDemanded = ({ operator }: PageRequest) => secondFactorRoles.includes(operator.role);
  /** Whether that is set up now, which is part of the login. */
  const isFirst = (request: PageRequest) => isDemanded(request) && !request.operator.hasSecondFactor;
  /** The answer if the password of a form is not the operator's; null if it is, or is not required. */
  async function passwordFault(request: PageRequest): Promise<Answer | null> {
    const { session, language, address, form } = request;
    if (isFirst(request)) return null;
    const outcome = await logins.verify(session, { password: form.get('current') ?? '', address });
    return outcome.kind === 'right'
      ? null
      : shownRefusal(language, outcome, KIT_WORDS[language].password.faults.refused);
  }
  return {
    isDemanded,
    isFirst,
    passwordFault,
    /** @throws FormRefused if the password of a form is not the operator's, and is required. */
    async confirmPassword(request: PageRequest) {
      const fault = await passwordFault(request);
      if (fault !== null) throw new FormRefused(fault);
    },
    operation: (request: PageRequest, name: string, what: object = {}) =>
      operationBy(request, now, name, { username: request.operator.username, ...what }),
    /** Shows recovery codes, this once. */
    codesPage({ language, form }: PageRequest, codes: readonly string[], done: string | null): Page {
      const { title, text, next: submit } = WORDS[language].codes;
      const returnPath = parseReturnPath(form.get('return'));
      return issuedPage({ title, text, codes, done, submit, next: returnPath === '/' ? '/account' : returnPath });
    },
  };
}

/** Words a refused attempt, with the status of the page; `refused` says that it was wrong. */
export function shownRefusal(language: Language, refusal: LoginRefusal, refused: string): Answer {
  if (refusal.kind === 'refused') return { fault: refused, status: 403 };
  const { waitSeconds } = refusal;
  return { fault: KIT_WORDS[language].login.tooSoon(waitSeconds), status: 429, retryAfter: waitSeconds };
}
