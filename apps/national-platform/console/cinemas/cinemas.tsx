import { Account, inEachLanguage, ListScreen, Named, PublicKeys, useWords } from '@ticket-check/console';
import type { CinemaRow } from '../../src/console-data/rows.ts';

const WORDS = inEachLanguage({
  about: [
    '影院及其公钥由数据来源导入，在此只能查看。',
    'Cinemas and their public keys are imported by data sources and are read-only here.',
  ],
  keys: ['公钥', 'Public keys'],
  nobody: ['尚无平台在该影院检票', 'no platform has checked tickets there yet'],
  none: ['还没有影院', 'There is no cinema yet'],
  noneText: [
    '用命令 import cinemas 或导入接口导入影院。',
    'Import cinemas with the command `import cinemas` or the import Apis.',
  ],
});

export default function Cinemas() {
  const t = useWords(WORDS);
  return (
    <ListScreen<CinemaRow>
      words={t}
      columns={[
        {
          of: 'CinemaCode',
          to: ({ CinemaCode }) => `/tickets?cinema=${CinemaCode}`,
          cell: ({ CinemaCode, CinemaName }) => <Named name={CinemaName} code={CinemaCode} />,
        },
        { head: t.keys, cell: ({ Keys }) => <PublicKeys keys={Keys} /> },
        {
          of: 'Platform',
          cell: ({ Platforms }) =>
            Platforms.length === 0 ? (
              <span className="quiet">{t.nobody}</span>
            ) : (
              Platforms.map(({ Username, LastActiveOn }) => (
                <div key={Username}>
                  <Account username={Username} /> <span className="quiet">{LastActiveOn}</span>
                </div>
              ))
            ),
        },
      ]}
      rowKey={({ CinemaCode }) => CinemaCode}
    />
  );
}
