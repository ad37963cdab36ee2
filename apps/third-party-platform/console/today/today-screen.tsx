import {
  Answered,
  Behind,
  businessDateOf,
  type Column,
  epochOf,
  Figure,
  FilterBar,
  Nothing,
  Panel,
  ScreenLink,
  ScreenPage,
  SetUp,
  Since,
  shownCount,
  TablePanel,
  useFilters,
  useNames,
  useWords,
  withQuery,
} from '@ticket-check/console';
import { Alert, Button, Tag } from 'antd';
import { useEffect, useState } from 'react';
import type { CinemaToday, Need, SessionToday, Today } from '../../src/today/told.ts';
import { ChecksChart, clockOf } from './checks-chart.tsx';
import { WORDS } from './words.ts';

/** The business date that is now: who came in and is inside, what needs a person, and what is on its way. */
export default function TodayScreen() {
  const t = useWords(WORDS);
  const { of, set } = useFilters();
  const [cinema, isWall] = [of('cinema'), of('wall') !== ''];
  function changeWall(): void {
    set({ wall: isWall ? '' : '1' });
    // A browser that refuses shows the page large in its window.
    if (!isWall) document.documentElement.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement !== null) void document.exitFullscreen();
  }
  return (
    <ScreenPage actions={<Button onClick={changeWall}>{isWall ? t.leaveWall : t.wall}</Button>}>
      <Answered<Today> path={withQuery('/today.json', { cinema })} live="today">
        {(day) => (
          <div className={isWall ? 'wall' : undefined}>
            <p className="quiet">
              {isWall ? <Clock /> : null} {t.day(day.BusinessDate, day.From, day.Until)}
            </p>
            {isWall || (cinema === '' && day.CinemaCount < 2) ? null : (
              <FilterBar fields={[{ name: 'cinema', kind: 'pick', of: 'cinema' }]} />
            )}
            {day.SetUp === null || isWall ? null : <SetUp done={day.SetUp} steps={t.setUp} />}
            <Panel>
              <Day day={day} />
            </Panel>
            {isWall && day.Needs.length === 0 ? null : (
              <Panel title={t.needs}>
                <NeedsList needs={day.Needs} />
              </Panel>
            )}
            <Inside day={day} />
            <Panel title={t.checks}>
              <ChecksChart day={day} />
            </Panel>
            {isWall ? null : (
              <Panel title={t.onTheWay}>
                <OnTheWay day={day} />
              </Panel>
            )}
          </div>
        )}
      </Answered>
    </ScreenPage>
  );
}

function Clock() {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5_000);
    return () => clearInterval(timer);
  }, []);
  return <strong>{clockOf(now / 1000)}</strong>;
}

/** The numbers of the day beside those of the same weekday before. */
function Day({ day: { Entries, Before, Inside, Refused, Quarantined } }: { day: Today }) {
  const t = useWords(WORDS);
  const cinema = useFilters().of('cinema');
  const refused = Object.values(Refused).reduce((sum, count) => sum + count, 0);
  return (
    <dl className="figures">
      <Figure head={t.entries} note={t.before(Before.BusinessDate, Before.Entries, Before.OfTheDay)}>
        <Behind count={Entries} asked={{ cinema, counted: 'ENTRIES' }} />
      </Figure>
      <Figure head={t.inside} note={t.insideMeans}>
        {Inside === null ? t.uncounted : <a href={`#${INSIDE}`}>{shownCount(Inside)}</a>}
      </Figure>
      <Figure head={t.refused} note={t.refusedMeans}>
        <Behind count={refused} on="/fleet" asked={{ refused: '1', cinema }} />
      </Figure>
      <Figure head={t.quarantined} state={Quarantined > 0 ? 'warn' : undefined}>
        <Behind count={Quarantined} asked={{ cinema, state: 'QUARANTINED' }} />
      </Figure>
    </dl>
  );
}

const INSIDE = 'inside';

/** The guests inside by screen, with the sessions that they are in, and by cinema where there are several. */
function Inside({ day: { Inside, Sessions, Cinemas, CinemaCount } }: { day: Today }) {
  const t = useWords(WORDS);
  const { linkTo } = useFilters();
  const hasSeveral = CinemaCount > 1;
  const cinema: Column<{ readonly CinemaCode: string }> = {
    of: 'CinemaCode',
    to: ({ CinemaCode }) => linkTo({ cinema: CinemaCode }),
  };
  const sessionShown = ({ CinemaCode, SessionCode, StartTime, HasBegun, FilmName, Entries }: SessionToday) => (
    <div key={`${StartTime} ${SessionCode}`}>
      {StartTime.slice(11, 16)} <Tag color={HasBegun ? 'success' : 'default'}>{t.runs(HasBegun)}</Tag> {FilmName}{' '}
      <Behind count={Entries} asked={{ cinema: CinemaCode, session: SessionCode, counted: 'ENTRIES' }}>
        {t.admitted(Entries)}
      </Behind>
    </div>
  );
  return (
    <section id={INSIDE}>
      <TablePanel<ScreenToday>
        title={t.sessions}
        about={t.sessionsMean}
        columns={[
          ...(hasSeveral ? [cinema] : []),
          'ScreenName',
          {
            ...{ head: t.inside, of: 'Inside' },
            to: ({ CinemaCode: cinema, sessions }) =>
              withQuery('/records', {
                ...{ cinema, counted: 'ENTRIES' },
                session: sessions.map(({ SessionCode }) => SessionCode).join(),
              }),
          },
          { of: 'Session', cell: ({ sessions }) => sessions.map(sessionShown) },
        ]}
        rows={screensOf(Sessions ?? [])}
        rowKey={({ CinemaCode, ScreenCode }) => `${CinemaCode} ${ScreenCode}`}
        none={Inside === null ? t.uncounted : Sessions === null ? t.chooseCinema : t.noSessions}
      />
      {hasSeveral ? (
        <TablePanel<CinemaToday>
          title={t.cinemas(Cinemas.length, CinemaCount)}
          columns={[
            cinema,
            { head: t.inside, of: 'Inside' },
            {
              of: 'Entries',
              to: ({ CinemaCode }) => withQuery('/records', { cinema: CinemaCode, counted: 'ENTRIES' }),
            },
            { head: t.sameTimeBefore, of: 'Before' },
          ]}
          rows={Cinemas}
          rowKey={({ CinemaCode }) => CinemaCode}
        />
      ) : null}
    </section>
  );
}

type ScreenToday = Pick<SessionToday, 'CinemaCode' | 'ScreenCode' | 'ScreenName'> & {
  readonly Inside: number;
  readonly sessions: readonly SessionToday[];
};

function screensOf(sessions: readonly SessionToday[]): ScreenToday[] {
  const byScreen = Map.groupBy(sessions, ({ CinemaCode, ScreenCode }) => `${CinemaCode} ${ScreenCode}`);
  return [...byScreen.values()]
    .flatMap((ofScreen) => {
      const [first] = ofScreen;
      const Inside = ofScreen.reduce((sum, { Entries }) => sum + Entries, 0);
      return first === undefined ? [] : [{ ...first, Inside, sessions: ofScreen }];
    })
    .sort((a, b) => shownName(a).localeCompare(shownName(b), 'zh-u-co-pinyin-kn'));
}

const shownName = ({ CinemaCode, ScreenName }: ScreenToday) => `${CinemaCode} ${ScreenName}`;

function OnTheWay({ day }: { day: Today }) {
  const t = useWords(WORDS);
  const { of } = useFilters();
  const [cinema, until] = [of('cinema'), day.BusinessDate];
  const { Waiting: waiting, Parked, Overdue, OldestUnsent, DeadlineSeconds, LastDeliveredAt } = day.OnTheWay;
  const businessDate = OldestUnsent === null ? '' : businessDateOf(OldestUnsent);
  return (
    <dl className="figures">
      <Figure head={t.waiting} state={Overdue > 0 ? 'bad' : undefined}>
        <Behind count={waiting} asked={{ cinema, state: 'WAITING', order: 'oldest', businessDate, until }} />
      </Figure>
      <Figure head={t.oldest} small>
        {OldestUnsent === null ? (
          t.nothingWaits
        ) : (
          <>
            <Since at={OldestUnsent} />
            <br />
            {Overdue > 0 ? (
              <Behind count={Overdue} on="/outbox" asked={{ kind: 'overdue', cinema }}>
                <span className="bad">{t.overdue(Overdue)}</span>
              </Behind>
            ) : (
              <span className="quiet">{t.due(clockOf(epochOf(OldestUnsent) / 1000 + DeadlineSeconds))}</span>
            )}
          </>
        )}
      </Figure>
      <Figure head={t.parked} state={Parked > 0 ? 'warn' : undefined}>
        <Behind count={Parked} on="/outbox" asked={{ kind: 'parked', cinema }} />
      </Figure>
      <Figure head={t.line} small state={day.Line.State === 'up' ? 'good' : 'bad'}>
        {t.lineStates[day.Line.State]}
      </Figure>
      <Figure head={t.lastDelivered} small>
        <Since at={LastDeliveredAt} />
      </Figure>
    </dl>
  );
}

/** What needs a person, each with where it is settled. */
function NeedsList({ needs }: { needs: readonly Need[] }) {
  const t = useWords(WORDS);
  const names = useNames(
    'cinema',
    needs.flatMap((need) => ('CinemaCode' in need ? [need.CinemaCode] : [])),
  );
  const cinemaOf = (code: string) => (names[code] ? `${names[code]}（${code}）` : code);
  if (needs.length === 0) return <Nothing {...t.nothingNeeded} />;
  return needs.map((need) => {
    // Each kind has words for itself.
    const shown = ('CinemaCode' in need ? { ...need, CinemaCode: cinemaOf(need.CinemaCode) } : need) as never;
    const title = t.need[need.Kind](shown);
    return (
      <Alert
        key={title}
        type={isPressing(need) ? 'error' : 'warning'}
        title={title}
        description={t.advice[need.Kind](shown)}
        action={<ScreenLink href={placeOf(need)}>{t.settle}</ScreenLink>}
      />
    );
  });
}

/** Where each kind of need is settled, or the list of what is meant; what is pressing keeps guests or many records from moving. */
const SETTLED: Readonly<Record<Need['Kind'], readonly [place: string, isPressing?: true]>> = {
  'upstream-not-set': ['/settings', true],
  'line-down': ['/settings', true],
  stuck: ['/settings', true],
  'incomplete-day': ['/reconciliation', true],
  terminals: ['/fleet?severity=error', true],
  keys: ['/cinemas?wrong=1'],
  findings: ['/worklist?state=open'],
  'late-claims': ['/claims'],
  quarantined: ['/outbox?kind=quarantined'],
  parked: ['/outbox?kind=parked'],
  overdue: ['/outbox?kind=overdue', true],
};

const isPressing = (need: Need) => SETTLED[need.Kind][1] ?? (need.Kind === 'keys' && need.Unusable > 0);

const placeOf = (need: Need) =>
  need.Kind === 'incomplete-day'
    ? withQuery(SETTLED[need.Kind][0], { businessDate: need.BusinessDate, cinema: need.CinemaCode })
    : SETTLED[need.Kind][0];
