import {
  Answered,
  epochOf,
  Nothing,
  Panel,
  ScreenLink,
  ScreenPage,
  shownCount,
  shownTime,
  useWords,
} from '@ticket-check/console';
import type { ReactNode } from 'react';
import type { Need, Today } from '../../src/today/told.ts';
import { ChecksChart, clockOf } from './checks-chart.tsx';
import { WORDS } from './words.ts';

/** The business date that is now: who came in, what is on its way, and what needs a person. */
export default function TodayScreen() {
  const t = useWords(WORDS);
  return (
    <ScreenPage title={t.title}>
      <Answered<Today> path="/today.json" live="today">
        {(day) => (
          <>
            <p className="quiet">{t.day(day.BusinessDate, day.From, day.Until)}</p>
            <Panel title={t.needs}>
              <NeedsList needs={day.Needs} />
            </Panel>
            <Panel title={t.onTheWay}>
              <OnTheWay day={day} />
            </Panel>
            <Panel title={t.checks}>
              <dl className="figures">
                <Figure head={t.entries}>{shownCount(day.Entries)}</Figure>
                <Figure head={t.quarantined} state={day.Quarantined > 0 ? 'warn' : undefined}>
                  {shownCount(day.Quarantined)}
                </Figure>
              </dl>
              <ChecksChart day={day} />
            </Panel>
          </>
        )}
      </Answered>
    </ScreenPage>
  );
}

function OnTheWay({ day }: { day: Today }) {
  const t = useWords(WORDS);
  const { Waiting: waiting, Parked, Overdue, OldestUnsent, DeadlineSeconds, LastDeliveredAt } = day.OnTheWay;
  return (
    <dl className="figures">
      <Figure head={t.waiting} state={Overdue > 0 ? 'bad' : undefined}>
        {shownCount(waiting)}
      </Figure>
      <Figure head={t.oldest} small>
        {OldestUnsent === null ? (
          t.nothingWaits
        ) : (
          <>
            {shownTime(OldestUnsent)}
            <br />
            {Overdue > 0 ? (
              <span className="bad">{t.overdue(Overdue)}</span>
            ) : (
              <span className="quiet">{t.due(clockOf(epochOf(OldestUnsent) / 1000 + DeadlineSeconds))}</span>
            )}
          </>
        )}
      </Figure>
      <Figure head={t.parked} state={Parked > 0 ? 'warn' : undefined}>
        {shownCount(Parked)}
      </Figure>
      <Figure head={t.line} small state={day.Line.State === 'up' ? 'good' : 'bad'}>
        {t.lineStates[day.Line.State]}
      </Figure>
      <Figure head={t.lastDelivered} small>
        {shownTime(LastDeliveredAt)}
      </Figure>
    </dl>
  );
}

function Figure({
  head,
  state,
  small = false,
  children,
}: {
  head: string;
  state?: 'good' | 'warn' | 'bad' | undefined;
  small?: boolean;
  children: ReactNode;
}) {
  const classes = [state, small ? 'small' : undefined].filter((name) => name !== undefined);
  return (
    <div>
      <dt>{head}</dt>
      <dd className={classes.length === 0 ? undefined : classes.join(' ')}>{children}</dd>
    </div>
  );
}

/** What needs a person, each with where it is settled. */
function NeedsList({ needs }: { needs: readonly Need[] }) {
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
