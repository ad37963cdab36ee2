import { useLanguage } from '../begin/begun.ts';
import { shownAgo, shownTime } from './shown.ts';

/** A time, with how long ago it was beside it; what is said instead where there is none. */
export function Since({ at, never = '–' }: { at: string | null | undefined; never?: string }) {
  const language = useLanguage();
  if (!at) return never;
  return (
    <>
      {shownTime(at)} <span className="quiet">{shownAgo(at, language)}</span>
    </>
  );
}
