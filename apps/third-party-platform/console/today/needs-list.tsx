import { Nothing, ScreenLink, useWords } from '@ticket-check/console';
import type { Need } from '../../src/today/told.ts';
import { WORDS } from './words.ts';

/** What needs a person, each with where it is settled. */
export function NeedsList({ needs }: { needs: readonly Need[] }) {
  const t = useWords(WORDS);
  if (needs.length === 0) return <Nothing {...t.nothingNeeded} />;
  return (
    <ul className="needs">
      {needs.map((need) => {
        const place = placeOf(need);
        // Each kind has words for itself.
        const say = t.need[need.Kind] as (of: Need) => { title: string; text: string };
        const { title, text } = say(need);
        return (
          <li key={title} className={isPressing(need) ? 'need pressing' : 'need'}>
            <div>
              <strong>{title}</strong>
              <p>{text}</p>
            </div>
            <ScreenLink href={place}>{t.settle}</ScreenLink>
          </li>
        );
      })}
    </ul>
  );
}

/** What keeps guests or many records from moving. */
function isPressing(need: Need): boolean {
  if (need.Kind === 'keys') return need.Unusable > 0;
  return !['parked', 'quarantined', 'findings', 'late-claims'].includes(need.Kind);
}

/** Where a need is settled, or the list of what is meant. */
function placeOf(need: Need): string {
  switch (need.Kind) {
    case 'upstream-not-set':
    case 'line-down':
    case 'standstill':
      return '/settings';
    case 'incomplete-day':
      return `/reconciliation?${new URLSearchParams({ businessDate: need.BusinessDate, cinema: need.CinemaCode })}`;
    case 'terminals':
      return '/fleet?severity=error';
    case 'keys':
      return '/cinemas?wrong=1';
    case 'findings':
      return '/worklist?state=open';
    case 'late-claims':
      return '/claims';
    case 'quarantined':
    case 'parked':
    case 'overdue':
      return `/outbox?${new URLSearchParams({ kind: need.Kind })}`;
  }
}
