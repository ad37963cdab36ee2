import { AdviceList, ChangeButton, inEachLanguage, ListScreen, PublicKeys, useWords } from '@ticket-check/console';
import type { CinemaRow } from '../../src/public-keys/cinema-row.ts';
import { ETicketKeys } from './e-ticket-keys.tsx';

const WORDS = inEachLanguage({
  about: [
    '公钥只能来自国家平台，每半小时自动获取；任何人都不能在本平台添加或更改公钥。',
    'Public keys are fetched from the national platform every half hour: nobody can add or change one here.',
  ],
  which: ['显示', 'Show'],
  wrongAlone: ['仅有异常的', 'what is wrong'],
  fine: ['正常', 'All is well'],
  keys: ['在用公钥', 'Keys in use'],
  former: (count: number) => [
    `另有 ${count} 把以前使用的公钥，仅用于核对旧记录`,
    `and ${count} of earlier times, with which old records are compared`,
  ],
  fetched: ['获取时间', 'Fetched'],
  state: ['状态', 'State'],
  none: ['还没有影院', 'There is no cinema yet'],
  noneText: [
    '请添加本平台所服务的影院，公钥随即自动获取。',
    'Add the cinemas that this platform serves; their keys are fetched by themselves.',
  ],
  rename: ['影院名称', 'Name'],
});

export default function Cinemas() {
  const t = useWords(WORDS);
  return (
    <ListScreen<CinemaRow>
      words={t}
      actions={<ChangeButton path="/cinema/add" />}
      fields={[{ name: 'wrong', label: t.which, kind: 'choice', choices: { 1: t.wrongAlone } }]}
      columns={[
        { of: 'CinemaCode', to: ({ CinemaCode }) => `/records?cinema=${CinemaCode}` },
        { head: t.state, of: 'Advice', cell: ({ Advice }) => <AdviceList advice={Advice} fine={t.fine} /> },
        { head: t.fetched, of: 'FetchedAt' },
        {
          head: t.keys,
          of: 'Keys',
          cell: ({ Keys, FormerKeys }) => (
            <>
              <PublicKeys keys={Keys} />
              {FormerKeys === 0 ? null : <div className="quiet">{t.former(FormerKeys)}</div>}
            </>
          ),
        },
        {
          may: 'service.manage',
          cell: ({ CinemaCode }) => (
            <ChangeButton
              label={t.rename}
              button={{ size: 'small' }}
              about={CinemaCode}
              path="/cinema/name"
              body={{ CinemaCode }}
            />
          ),
        },
      ]}
      rowKey={({ CinemaCode }) => CinemaCode}
      noneNext={<ChangeButton path="/cinema/add" />}
    >
      <ETicketKeys />
    </ListScreen>
  );
}
