import type { LoginRefusal } from '@ticket-check/operators';
import type { Language } from '../language.ts';
import type { Page } from '../page.ts';
import { WORDS } from '../words.ts';

/** Words a refused attempt, with the status of the page; `refused` says that it was wrong. */
export function shownRefusal(
  language: Language,
  refusal: LoginRefusal,
  refused = WORDS[language].login.refused,
): { fault: string } & Pick<Page, 'status' | 'retryAfter'> {
  const words = WORDS[language].login;
  if (refusal.kind === 'refused') return { fault: refused, status: 403 };
  return { fault: words.tooSoon(refusal.waitSeconds), status: 429, retryAfter: refusal.waitSeconds };
}
