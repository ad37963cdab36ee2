import {
  type Column,
  FilterBar,
  type InEachLanguage,
  ListTable,
  Nothing,
  Panel,
  ScreenPage,
  shownText,
  shownTime,
  useWords,
} from '@ticket-check/console';

/** A cinema in `/cinemas.json`. */
type Cinema = {
  readonly CinemaCode: string;
  readonly CinemaName: string;
  readonly Keys: readonly { readonly Fingerprint: string; readonly StartTime: string }[];
  readonly Platforms: readonly { readonly Username: string; readonly LastActiveOn: string }[];
};

const zh = {
  title: '影院与公钥',
  about: '影院及其公钥由数据来源导入，在此只能查看。',
  caption: '已导入的影院',
  cinema: '影院编码',
  name: '影院',
  keys: '公钥',
  since: (time: string) => `${time} 启用`,
  noKeys: '没有公钥，该影院的影票无法检验',
  platforms: '检票平台',
  nobody: '尚无平台在该影院检票',
  tickets: '查看影票',
  none: '还没有影院',
  noneText: '用命令 import cinemas 或导入接口导入影院。',
};
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    title: 'Cinemas and keys',
    about: 'Cinemas and their public keys are imported by data sources and are read-only here.',
    caption: 'Cinemas that were imported',
    cinema: 'Cinema code',
    name: 'Cinema',
    keys: 'Public keys',
    since: (time) => `from ${time}`,
    noKeys: 'none: no ticket of this cinema can be checked',
    platforms: 'Platforms',
    nobody: 'no platform has checked tickets there yet',
    tickets: 'Tickets',
    none: 'There is no cinema yet',
    noneText: 'Import cinemas with the command `import cinemas` or the import Apis.',
  },
};

/** The imported cinemas, their keys and the platforms that work there. */
export default function Cinemas() {
  const t = useWords(WORDS);
  const columns: readonly Column<Cinema>[] = [
    {
      head: t.name,
      cell: ({ CinemaCode, CinemaName }) => (
        <>
          {shownText(CinemaName)} <code>{CinemaCode}</code>
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
              <code>{Fingerprint.slice(0, 16)}…</code> <span className="quiet">{t.since(shownTime(StartTime))}</span>
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
              {Username} <span className="quiet">{LastActiveOn}</span>
            </div>
          ))
        ),
    },
  ];
  return (
    <ScreenPage title={t.title}>
      <p className="quiet">{t.about}</p>
      <Panel>
        <FilterBar fields={[{ name: 'cinema', label: t.cinema, kind: 'text' }]} />
        <ListTable<Cinema>
          path="/cinemas.json"
          name="Cinemas"
          live="cinemas"
          caption={t.caption}
          columns={columns}
          rowKey={({ CinemaCode }) => CinemaCode}
          empty={<Nothing title={t.none} text={t.noneText} />}
        />
      </Panel>
    </ScreenPage>
  );
}
