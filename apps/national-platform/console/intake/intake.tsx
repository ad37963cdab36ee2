import {
  type Bundled,
  ChangeButton,
  Element,
  inEachLanguage,
  ListScreen,
  named,
  ShownBundle,
  Since,
  shownCount,
  useWords,
} from '@ticket-check/console';
import { Tag } from 'antd';
import type { SourceRow } from '../../src/console-data/rows.ts';

const WORDS = inEachLanguage({
  about: [
    '各数据来源在一个营业日（或最多 31 天）送来的影院、公钥、影票和退票，按到达时间统计；久无数据的排在最前。影院的系统没有送来影票时，请联系影院。',
    'The cinemas, keys, tickets and refunds that each data source sent on a business date, or up to 31, by time of arrival; the source that has been silent longest comes first. If the tickets of a cinema are missing, ask the cinema.',
  ],
  source: ['数据来源', 'Data source'],
  byCommand: ['命令 import', 'Command import'],
  revoked: ['已吊销', 'revoked'],
  last: ['最近收到', 'Last taken'],
  silent: ['超过 24 小时没有数据', 'nothing for more than 24 hours'],
  never: ['近一个月没有数据', 'nothing for a month'],
  kinds: {
    cinemas: ['影院', 'Cinemas'],
    screens: ['影厅', 'Screens'],
    films: ['影片', 'Films'],
    'public-keys': ['公钥', 'Public keys'],
    tickets: ['影票', 'Tickets'],
    refunds: ['退票', 'Refunds'],
  },
  came: ['收到', 'Came'],
  counts: (imported: string, unchanged: string) => [
    `新增或更改 ${imported} 条，已有 ${unchanged} 条`,
    `${imported} new or changed, ${unchanged} known`,
  ],
  refused: ['拒收', 'Refused'],
  refusals: (count: string) => [`拒收 ${count} 次`, `refused ${count} times`],
  nothing: ['没有送来数据', 'nothing came'],
  add: ['新建数据来源账号', 'Add a data source'],
  none: ['还没有数据来源', 'There is no data source yet'],
  noneText: [
    '请为影院的售票系统新建账号，或用命令 import 导入文件。',
    'Issue an account to the ticketing system of a cinema, or import files with the command `import`.',
  ],
});

export default function Intake() {
  const t = useWords(WORDS);
  return (
    <ListScreen<SourceRow>
      words={t}
      actions={
        <ChangeButton<Bundled>
          path="/accounts/add"
          label={t.add}
          body={{ Role: 'data-source' }}
          made={(made, close) => <ShownBundle made={made} close={close} />}
        />
      }
      columns={[
        {
          head: t.source,
          cell: (source) => (
            <>
              {source.Username ?? t.byCommand} {source.RevokedAt === null ? null : <Tag>{t.revoked}</Tag>}
              <div className="quiet">
                <Element of={source} name="CinemaCodes" />
              </div>
            </>
          ),
        },
        {
          head: t.last,
          cell: ({ Username, LastAt, Silent }) => (
            <>
              {Username !== null && LastAt === null ? null : <Since at={LastAt} />}
              {Silent ? <div className="bad">{LastAt === null ? t.never : t.silent}</div> : null}
            </>
          ),
        },
        {
          head: t.came,
          cell: ({ Imports }) => {
            const taken = Imports.filter(({ LastAt }) => LastAt !== null);
            if (taken.length === 0) return <span className="quiet">{t.nothing}</span>;
            return taken.map(({ Kind, Imported, Unchanged, LastAt }) => (
              <div key={Kind}>
                {named(t.kinds, Kind)}: {t.counts(shownCount(Imported), shownCount(Unchanged))} <Since at={LastAt} />
              </div>
            ));
          },
        },
        {
          head: t.refused,
          cell: ({ Imports }) => {
            const refused = Imports.filter(({ Refused }) => Refused > 0);
            if (refused.length === 0) return '–';
            return refused.map(({ Kind, Refused, LastRefusedAt, ErrorCode }) => (
              <div key={Kind}>
                {named(t.kinds, Kind)}: <span className="bad">{t.refusals(shownCount(Refused))}</span>{' '}
                <code>{ErrorCode}</code> <Since at={LastRefusedAt} />
              </div>
            ));
          },
        },
      ]}
      rowKey={({ Username }) => Username ?? ''}
    />
  );
}
