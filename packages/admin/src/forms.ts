import { parseCinemaCodes } from '@ticket-check/operators';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Answer, Page } from './page.ts';
import type { SentTexts } from './sent-texts.ts';

/** What stands at the end of a row: a text, a link, or a button that posts `sends`; null if nothing can be done with it. */
type RowAct = string | { path: string; label: string; of: string; sends?: string } | null;

/** What `kit/table` shows; the last head is that of what can be done with a row. */
export type Table = {
  readonly heads: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly act: RowAct }[];
};

/** A list whose entries are added and managed on pages of their own. */
export function listPage(
  title: string,
  table: Table,
  shown: { add: { path: string; label: string }; none?: string; intro?: string; done?: string | null },
): Page {
  return { title, view: 'kit/list', data: { title, intro: null, done: null, none: '', ...table, ...shown } };
}

/** Confirms a change: says what it means, and asks for the operator's password where `current` is its label. */
export function confirmation(
  shown: {
    title: string;
    text: string;
    submit: string;
    action: string;
    back: string;
    current: string | null;
    /** Why it cannot be done. */
    refused?: string | null;
    isDanger?: boolean;
  },
  { fault, ...answer }: Answer = {},
): Page {
  const data = { refused: null, isDanger: true, ...shown, fault: fault ?? null };
  return { title: shown.title, view: 'kit/confirm-change', ...answer, data };
}

/** Shows something this once, such as a one-time password, by name and value; the secret is last. */
export function issuedPage(shown: { title: string; text: string; next: string; issued: [string, string][] }): Page {
  return { title: shown.title, view: 'kit/issued', data: shown };
}

/** What the fields of `kit/cinemas` show. */
export const cinemasShown = (cinemaCodes: readonly string[] | 'all') => ({
  which: cinemaCodes === 'all' ? 'all' : 'some',
  cinemas: cinemaCodes === 'all' ? '' : cinemaCodes.join(', '),
});

/** What was filled in, to be shown again. */
export const cinemasTyped = (form: SentTexts) => ({
  which: form.get('which') ?? null,
  cinemas: form.get('cinemas') ?? '',
});

/** The cinemas that a form names; null if it names none, or all and some: nobody gets every cinema by an empty field. */
export function chosenCinemas(form: SentTexts): CinemaCode[] | 'all' | null {
  const cinemas = (form.get('cinemas') ?? '').trim().replaceAll('，', ',');
  if (form.get('which') === 'all') return cinemas === '' ? 'all' : null;
  try {
    return parseCinemaCodes(cinemas);
  } catch {
    return null;
  }
}
