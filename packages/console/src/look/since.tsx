import { useLanguage } from '../begin/begun.ts';
import { shownAgo, shownMoment, shownTime } from './shown.ts';

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
      <span className="one-line">{exact ? shownMoment(at) : shownTime(at)}</span>{' '}
      <span className="quiet one-line">{shownAgo(at, language)}</span>
    </>
  );
}
