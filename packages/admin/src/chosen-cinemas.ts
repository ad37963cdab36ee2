import { parseCinemaCodes } from '@ticket-check/operators';
import type { CinemaCode } from '@ticket-check/protocol';
import type { SentTexts } from './sent-texts.ts';

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
