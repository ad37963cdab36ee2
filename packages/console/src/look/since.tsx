import { useLanguage } from '../begin/begun.ts';
import { shownAgo, shownSince, shownTime } from './shown.ts';

/** A time and how long ago it was; `never` if it is missing. */
export function Since({
  at,
  exact = false,
  never = '–',
}: {
  at: string | null | undefined;
  /** Whether it is shown as exactly as it is known, instead of to the minute. */
  exact?: boolean;
  never?: string;
}) {
  const language = useLanguage();
  if (!at) return never;
  return (
    <>
      <span className="one-line">{exact ? at.replace('T', ' ') : shownTime(at)}</span>{' '}
      <span className="quiet one-line">{shownAgo(at, language)}</span>
    </>
  );
}

/** Writes a time within a sentence, with how long ago it was. */
export function useSince(): (at: string | null) => string {
  const language = useLanguage();
  return (at) => shownSince(at, language);
}
