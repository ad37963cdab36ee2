import {
  AccountName,
  Answered,
  type Bundled,
  ChangeButton,
  type Column,
  Downloads,
  FilterBar,
  inEachLanguage,
  Linked,
  Nothing,
  Panel,
  RowsTable,
  ScreenPage,
  ShownBundle,
  shownShare,
  useElementName,
  useFilters,
  useMay,
  useWords,
  withQuery,
} from '@ticket-check/console';
import { Explain } from '@ticket-check/console/pages/explain-refusal';
import { Tag } from 'antd';
import { useState } from 'react';
import type { CinemaOfPlatform, PlatformRow } from '../../src/console-data/rows.ts';

type PlatformsReply = {
  readonly BusinessDate: string;
  readonly Platforms: readonly PlatformRow[];
  readonly Cinemas?: readonly CinemaOfPlatform[];
};

const WORDS = inEachLanguage({
  about: [
    '各检票平台在一个营业日上报的检票记录。入场数与售票数的差距过大时，可能有记录尚未上报。',
    'What each platform sent for a business date. If far fewer guests entered than tickets were sold, records may not have been sent yet.',
  ],
  caption: (date: string) => [`${date} 的上报情况`, `Received for ${date}`],
  revoked: ['已吊销', 'revoked'],
  cinemas: ['影院数', 'Cinemas'],
  action: ['操作', 'Action'],
  add: ['新建平台账号', 'Add a platform'],
  messages: ['错误信息的语言', 'Language'],
  ofCinemas: (name: string) => [`${name} 的影院`, `Cinemas of ${name}`],
  sold: ['售票', 'Sold'],
  entered: ['已入场的票', 'Tickets entered'],
  share: ['入场比例', 'Share entered'],
  none: ['还没有检票平台', 'There is no platform yet'],
  noneText: ['请为检票平台新建账号。', 'Issue an account to a platform.'],
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
  const nameOf = useElementName();
  const mayManage = useMay('service.manage');
  const [made, setMade] = useState<Bundled | null>(null);
  const { query, of, linkTo } = useFilters();
  const counts = ['Entries', 'Quarantined', 'Doubles'] as const;
  const columns: readonly Column<PlatformRow>[] = [
    {
      head: nameOf('Platform'),
      cell: ({ Username, RevokedAt }) => (
        <>
          <Linked to={linkTo({ platform: Username })}>
            <AccountName username={Username} />
          </Linked>{' '}
          {RevokedAt === null ? null : <Tag>{t.revoked}</Tag>}
        </>
      ),
    },
    'LastHeardAt',
    'LastActiveOn',
    { head: t.cinemas, of: 'Cinemas' },
    ...counts,
    ...(mayManage
      ? [
          {
            head: t.action,
            cell: ({ Username, RevokedAt }: PlatformRow) => (
              <div className="screen-actions">
                {RevokedAt !== null ? null : (
                  <>
                    <ChangeButton path="/accounts/messages" label={t.messages} about={Username} body={{ Username }} />
                    <ChangeButton path="/accounts/revoke" about={Username} body={{ Username }} />
                  </>
                )}
                <Explain username={Username} />
              </div>
            ),
          },
        ]
      : []),
  ];
  const cinemaColumns: readonly Column<CinemaOfPlatform>[] = [
    'CinemaCode',
    'LastActiveOn',
    ...counts,
    { head: t.sold, of: 'Sold' },
    'Refunded',
    { head: t.entered, of: 'Entered' },
    { head: t.share, cell: (cinema) => shownShare(shareOf(cinema)), isNumber: true, sortBy: shareOf },
  ];
  return (
    <ScreenPage
      about={t.about}
      actions={
        <>
          <ChangeButton<Bundled> path="/accounts/add" label={t.add} body={{ Role: 'platform' }} done={setMade} />
          <Downloads />
        </>
      }
    >
      {made === null ? null : <ShownBundle made={made} close={() => setMade(null)} />}
      <Panel>
        <FilterBar fields={[{ name: 'platform', kind: 'pick', of: 'account' }]} />
        <Answered<PlatformsReply> path={withQuery('/platforms.json', query)} words={t.unknown}>
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

const shareOf = ({ Sold, Refunded, Entered }: CinemaOfPlatform): number | null => {
  const admissible = (Sold ?? 0) - (Refunded ?? 0);
  return Entered === null || admissible <= 0 ? null : Math.min(1, Entered / admissible);
};
