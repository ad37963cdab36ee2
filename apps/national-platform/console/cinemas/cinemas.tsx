import { Account, type Column, inEachLanguage, ListScreen, Named, shownTime, useWords } from '@ticket-check/console';
import type { CinemaRow } from '../../src/console-data/rows.ts';

const WORDS = inEachLanguage({
  title: ['影院与公钥', 'Cinemas and keys'],
  about: [
    '影院及其公钥由数据来源导入，在此只能查看。',
    'Cinemas and their public keys are imported by data sources and are read-only here.',
  ],
  name: ['影院', 'Cinema'],
  keys: ['公钥', 'Public keys'],
  since: (time: string) => [`${time} 启用`, `from ${time}`],
  noKeys: ['没有公钥，该影院的影票无法检验', 'none: no ticket of this cinema can be checked'],
  platforms: ['检票平台', 'Platforms'],
  nobody: ['尚无平台在该影院检票', 'no platform has checked tickets there yet'],
  tickets: ['查看影票', 'Tickets'],
  none: ['还没有影院', 'There is no cinema yet'],
  noneText: [
    '用命令 import cinemas 或导入接口导入影院。',
    'Import cinemas with the command `import cinemas` or the import Apis.',
  ],
});

/** The imported cinemas, their keys and the platforms that work there. */
export default function Cinemas() {
  const t = useWords(WORDS);
  const columns: readonly Column<CinemaRow>[] = [
    {
      head: t.name,
      cell: ({ CinemaCode, CinemaName }) => (
        <>
          <Named name={CinemaName} code={CinemaCode} />
          <div>
            <a href={`/tickets?cinema=${CinemaCode}`}>{t.tickets}</a>
          </div>
        </>
      ),
    },
    {
      head: t.keys,
      cell: ({ Keys }) =>
        Keys.length === 0 ? (
          <strong>{t.noKeys}</strong>
        ) : (
          Keys.map(({ Fingerprint, StartTime }) => (
            <div key={Fingerprint} title={Fingerprint}>
              <code className="one-line">{Fingerprint.slice(0, 16)}…</code>{' '}
              <span className="quiet">{t.since(shownTime(StartTime))}</span>
            </div>
          ))
        ),
    },
    {
      head: t.platforms,
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
  ];
  return (
    <ListScreen<CinemaRow>
      title={t.title}
      about={t.about}
      hasFile
      path="/cinemas"
      name="Cinemas"
      isLive
      columns={columns}
      rowKey={({ CinemaCode }) => CinemaCode}
      none={t.none}
      noneText={t.noneText}
    />
  );
}
