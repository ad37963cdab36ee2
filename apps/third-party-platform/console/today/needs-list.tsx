import { Nothing, ScreenLink, useWords } from '@ticket-check/console';
import type { Need } from './today.ts';
import { WORDS } from './words.ts';

/** What needs a person, each with where it is settled. */
export function NeedsList({ needs }: { needs: readonly Need[] }) {
  const t = useWords(WORDS);
  if (needs.length === 0) return <Nothing {...t.nothingNeeded} />;
  return (
    <ul className="needs">
      {needs.map((need) => {
        // Each kind has words for itself.
        const say = t.need[need.Kind] as (of: Need) => { title: string; text: string };
        const { title, text } = say(need);
        return (
          <li key={title} className={isPressing(need) ? 'need pressing' : 'need'}>
            <div>
              <strong>{title}</strong>
              <p>{text}</p>
            </div>
            <ScreenLink href={placeOf(need)}>{t.settle}</ScreenLink>
          </li>
        );
      })}
    </ul>
  );
}

/** What keeps many records from moving. */
const isPressing = ({ Kind }: Need): boolean => !['parked', 'quarantined', 'late-claims'].includes(Kind);

/** Where a need is settled. */
function placeOf(need: Need): string {
  switch (need.Kind) {
    case 'upstream-not-set':
    case 'line-down':
      return '/settings';
    case 'incomplete-day':
      return `/reconciliation?${new URLSearchParams({ businessDate: need.BusinessDate, cinema: need.CinemaCode })}`;
    case 'late-claims':
      return '/claims';
    case 'standstill':
      return `/outbox?${new URLSearchParams({ cinema: need.CinemaCode })}`;
    case 'quarantined':
      return '/outbox?state=quarantined';
    case 'parked':
      return '/outbox?state=parked';
    case 'overdue':
      return '/outbox';
  }
}
