import { useLanguage } from '../begin/begun.ts';
import { shownAgo, shownTime } from './shown.ts';

/** A time and how long ago it was; `never` if it is missing. */
export function Since({ at, never = '–' }: { at: string | null | undefined; never?: string }) {
  const language = useLanguage();
  if (!at) return never;
  return (
    <>
      {shownTime(at)} <span className="quiet">{shownAgo(at, language)}</span>
    </>
  );
}
