import {
  Answered,
  Cinema,
  type Column,
  Downloads,
  FilterBar,
  inEachLanguage,
  Nothing,
  Panel,
  RowsTable,
  ScreenPage,
  Since,
  shownCount,
  shownShare,
  shownText,
  useFilters,
  useMay,
  useWords,
  withQuery,
} from '@ticket-check/console';
import { Explain } from '@ticket-check/console/pages/explain-refusal';
import { Tag } from 'antd';
import type { CinemaOfPlatform, PlatformRow } from '../../src/console-data/rows.ts';

type PlatformsReply = {
  readonly BusinessDate: string;
  readonly Platforms: readonly PlatformRow[];
  readonly Cinemas?: readonly CinemaOfPlatform[];
};

const WORDS = inEachLanguage({
  title: ['检票平台', 'Platforms'],
  about: [
    '各检票平台在一个营业日上报的检票记录。入场数与售票数的差距过大时，可能有记录尚未上报。',
    'What each platform sent for a business date. If far fewer guests entered than tickets were sold, records may not have been sent yet.',
  ],
  date: ['营业日', 'Business date'],
  caption: (date: string) => [`${date} 的上报情况`, `Received for ${date}`],
  platform: ['平台账号', 'Platform'],
  revoked: ['已吊销', 'revoked'],
  heard: ['最近联系', 'Last heard'],
  active: ['最近检票的营业日', 'Last checked on'],
  cinemas: ['影院数', 'Cinemas'],
  entries: ['入场', 'Entries'],
  quarantined: ['隔离', 'Quarantined'],
  doubles: ['重复入场', 'Entered twice'],
  action: ['操作', 'Action'],
  cinema: ['影院', 'Cinema'],
  ofCinemas: (name: string) => [`${name} 的影院`, `Cinemas of ${name}`],
  sold: ['售票', 'Sold'],
  refunded: ['退票', 'Refunded'],
  entered: ['已入场的票', 'Tickets entered'],
  share: ['入场比例', 'Share entered'],
  none: ['还没有检票平台', 'There is no platform yet'],
  noneText: ['用命令 account add 为检票平台签发账号。', 'The command `account add` issues an account to a platform.'],
  noCinemas: ['该平台尚未在任何影院检票。', 'It has checked tickets in no cinema yet.'],
  unknown: {
    'no-platform': {
      title: ['没有这个平台', 'There is no such platform'],
      text: ['请核对平台账号。', 'Is its name right?'],
    },
  },
});

/** The platforms that report here, and what each of them sent. */
export default function Platforms() {
  const t = useWords(WORDS);
  const mayManage = useMay('service.manage');
  const { query, of, linkTo } = useFilters();
  // Days other than today hardly change.
  const isToday = of('businessDate') === '';
  const path = withQuery('/platforms.json', query);
  const columns: readonly Column<PlatformRow>[] = [
    {
      head: t.platform,
      cell: ({ Username, RevokedAt }) => (
        <>
          <a href={linkTo({ platform: Username })}>{Username}</a> {RevokedAt === null ? null : <Tag>{t.revoked}</Tag>}
        </>
      ),
    },
    { head: t.heard, cell: ({ LastHeardAt }) => <Since at={LastHeardAt} />, sortBy: ({ LastHeardAt }) => LastHeardAt },
    { head: t.active, cell: ({ LastActiveOn }) => shownText(LastActiveOn) },
    { head: t.cinemas, cell: ({ Cinemas }) => shownCount(Cinemas), isNumber: true, sortBy: ({ Cinemas }) => Cinemas },
    ...countColumns<PlatformRow>(t),
    ...(mayManage ? [{ head: t.action, cell: ({ Username }: PlatformRow) => <Explain username={Username} /> }] : []),
  ];
  const cinemaColumns: readonly Column<CinemaOfPlatform>[] = [
    { head: t.cinema, cell: ({ CinemaCode }) => <Cinema code={CinemaCode} /> },
    { head: t.active, cell: ({ LastActiveOn }) => shownText(LastActiveOn) },
    ...countColumns<CinemaOfPlatform>(t),
    { head: t.sold, cell: ({ Sold }) => countOf(Sold), isNumber: true, sortBy: ({ Sold }) => Sold },
    { head: t.refunded, cell: ({ Refunded }) => countOf(Refunded), isNumber: true, sortBy: ({ Refunded }) => Refunded },
    { head: t.entered, cell: ({ Entered }) => countOf(Entered), isNumber: true, sortBy: ({ Entered }) => Entered },
    { head: t.share, cell: (cinema) => shownShare(shareOf(cinema)), isNumber: true, sortBy: shareOf },
  ];
  return (
    <ScreenPage title={t.title} about={t.about} actions={<Downloads path="/platforms" />}>
      <Panel>
        <FilterBar
          fields={[
            { name: 'businessDate', label: t.date, kind: 'date' },
            { name: 'platform', kind: 'pick', of: 'account' },
          ]}
        />
        <Answered<PlatformsReply> path={path} live={isToday ? 'platforms' : undefined} words={t.unknown}>
          {({ BusinessDate, Platforms: platforms, Cinemas: cinemas }) => (
            <>
              {platforms.length === 0 ? (
                <Nothing title={t.none} text={t.noneText} />
              ) : (
                <RowsTable
                  caption={t.caption(BusinessDate)}
                  columns={columns}
                  rows={platforms}
                  rowKey={({ Username }) => Username}
                />
              )}
              {cinemas === undefined ? null : <h3>{t.ofCinemas(of('platform'))}</h3>}
              {cinemas?.length === 0 ? <p className="quiet">{t.noCinemas}</p> : null}
              {cinemas === undefined || cinemas.length === 0 ? null : (
                <RowsTable
                  caption={t.ofCinemas(of('platform'))}
                  columns={cinemaColumns}
                  rows={cinemas}
                  rowKey={({ CinemaCode }) => CinemaCode}
                />
              )}
            </>
          )}
        </Answered>
      </Panel>
    </ScreenPage>
  );
}

const countColumns = <Row extends Pick<CinemaOfPlatform, 'Entries' | 'Quarantined' | 'Doubles'>>(
  t: (typeof WORDS)['zh'],
): readonly Column<Row>[] => [
  { head: t.entries, cell: ({ Entries }) => shownCount(Entries), isNumber: true, sortBy: ({ Entries }) => Entries },
  {
    head: t.quarantined,
    cell: ({ Quarantined }) => shownCount(Quarantined),
    isNumber: true,
    sortBy: ({ Quarantined }) => Quarantined,
  },
  { head: t.doubles, cell: ({ Doubles }) => shownCount(Doubles), isNumber: true, sortBy: ({ Doubles }) => Doubles },
];

const countOf = (count: number | null) => (count === null ? '–' : shownCount(count));

const shareOf = ({ Sold, Refunded, Entered }: CinemaOfPlatform): number | null => {
  const admissible = (Sold ?? 0) - (Refunded ?? 0);
  return Entered === null || admissible <= 0 ? null : Math.min(1, Entered / admissible);
};
