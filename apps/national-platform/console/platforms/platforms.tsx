import {
  AccountName,
  Actions,
  type Bundled,
  ChangeButton,
  inEachLanguage,
  Linked,
  ListScreen,
  ShownBundle,
  useFilters,
  useWords,
  withQuery,
} from '@ticket-check/console';
import { Explain } from '@ticket-check/console/pages/explain-refusal';
import { Tag } from 'antd';
import type { PlatformRow } from '../../src/console-data/rows.ts';

const WORDS = inEachLanguage({
  about: [
    '各检票平台在一个营业日（或最多 31 天）上报的检票记录。点平台查看各影院的送达率；售票数见日报。',
    'What each platform sent for a business date, or up to 31. A platform leads to the completeness of its cinemas; the report has what was sold.',
  ],
  revoked: ['已吊销', 'revoked'],
  cinemas: ['影院数', 'Cinemas'],
  add: ['新建平台账号', 'Add a platform'],
  messages: ['错误信息的语言', 'Language'],
  none: ['还没有检票平台', 'There is no platform yet'],
  noneText: ['请为检票平台新建账号。', 'Issue an account to a platform.'],
});

export default function Platforms() {
  const t = useWords(WORDS);
  const { of } = useFilters();
  const dates = { businessDate: of('businessDate'), until: of('until') };
  // Several dates of all cinemas are answered only by what an index leads to.
  const isOneDate = dates.until === '' || dates.until === dates.businessDate;
  const toRecords =
    (asked: { counted?: string; state?: string }) =>
    ({ Username: account }: PlatformRow) =>
      withQuery('/records', { ...dates, account, ...asked });
  return (
    <ListScreen<PlatformRow>
      words={t}
      actions={
        <ChangeButton<Bundled>
          path="/accounts/add"
          label={t.add}
          body={{ Role: 'platform' }}
          made={(made, close) => <ShownBundle made={made} close={close} />}
        />
      }
      columns={[
        {
          of: 'Platform',
          cell: ({ Username: platform, RevokedAt }) => (
            <>
              <Linked to={withQuery('/completeness', { platform, ...dates })}>
                <AccountName username={platform} />
              </Linked>{' '}
              {RevokedAt === null ? null : <Tag>{t.revoked}</Tag>}
            </>
          ),
        },
        'LastHeardAt',
        'LastActiveOn',
        { head: t.cinemas, of: 'Cinemas' },
        { of: 'Entries', ...(isOneDate && { to: toRecords({ counted: 'ENTRIES' }) }) },
        { of: 'Quarantined', to: toRecords({ state: 'QUARANTINED' }) },
        'Doubles',
        {
          may: 'service.manage',
          cell: ({ Username, RevokedAt, Messages }) => (
            <Actions>
              {RevokedAt !== null ? null : (
                <>
                  <ChangeButton
                    path="/accounts/messages"
                    label={t.messages}
                    about={Username}
                    body={{ Username }}
                    now={{ Messages }}
                  />
                  <ChangeButton path="/accounts/revoke" about={Username} body={{ Username }} />
                </>
              )}
              <Explain username={Username} />
            </Actions>
          ),
        },
      ]}
      rowKey={({ Username }) => Username}
    />
  );
}
