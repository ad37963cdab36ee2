import {
  type AdviceItem,
  AdviceList,
  type Column,
  FilterBar,
  type InEachLanguage,
  ListTable,
  Nothing,
  Panel,
  ScreenPage,
  shownSpan,
  shownTime,
  useLanguage,
  useWords,
} from '@ticket-check/console';
import { ETicketKeys } from './e-ticket-keys.tsx';

/** An item of `/cinemas.json`. */
type Cinema = {
  readonly CinemaCode: string;
  readonly Advice: readonly AdviceItem[];
  readonly FetchedAt: string | null;
  readonly AgeSeconds: number | null;
  readonly Keys: readonly { readonly Fingerprint: string; readonly StartTime: string }[];
  readonly FormerKeys: number;
};

const zh = {
  title: '影院与公钥',
  about: '公钥只能来自国家平台，每半小时自动获取；任何人都不能在本平台添加或更改公钥。',
  caption: '本平台服务的影院',
  cinema: '影院编码',
  which: '显示',
  all: '全部',
  wrongAlone: '仅有异常的',
  fine: '正常',
  keys: '在用公钥',
  since: (time: string) => `${time} 启用`,
  former: (count: number) => `另有 ${count} 把以前使用的公钥，仅用于核对旧记录`,
  noKeys: '没有公钥',
  fetched: '获取时间',
  ago: (span: string) => `${span}前`,
  state: '状态',
  none: '还没有影院',
  noneText: '用命令 cinema add 添加本平台所服务的影院，公钥随即自动获取。',
};
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    title: 'Cinemas and keys',
    about: 'Public keys are fetched from the national platform every half hour: nobody can add or change one here.',
    caption: 'Cinemas that this platform serves',
    cinema: 'Cinema code',
    which: 'Show',
    all: 'all',
    wrongAlone: 'what is wrong',
    fine: 'All is well',
    keys: 'Keys in use',
    since: (time) => `from ${time}`,
    former: (count) => `and ${count} of earlier times, with which old records are compared`,
    noKeys: 'none',
    fetched: 'Fetched',
    ago: (span) => `${span} ago`,
    state: 'State',
    none: 'There is no cinema yet',
    noneText:
      'The command `cinema add` adds the cinemas that this platform serves; their keys are fetched by themselves.',
  },
};

/** The cinemas that are served, and how their public keys are. */
export default function Cinemas() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const columns: readonly Column<Cinema>[] = [
    { head: t.cinema, cell: ({ CinemaCode }) => <code>{CinemaCode}</code> },
    {
      head: t.state,
      cell: ({ Advice }) => <AdviceList advice={Advice} fine={t.fine} />,
    },
    {
      head: t.fetched,
      cell: ({ FetchedAt, AgeSeconds }) => (
        <>
          {shownTime(FetchedAt)}
          {AgeSeconds === null ? null : <div className="quiet">{t.ago(shownSpan(AgeSeconds, language))}</div>}
        </>
      ),
    },
    {
      head: t.keys,
      cell: ({ Keys, FormerKeys }) => (
        <>
          {Keys.length === 0 ? <span className="quiet">{t.noKeys}</span> : null}
          {Keys.map(({ Fingerprint, StartTime }) => (
            <div key={Fingerprint} title={Fingerprint}>
              <code>{Fingerprint.slice(0, 16)}…</code> <span className="quiet">{t.since(shownTime(StartTime))}</span>
            </div>
          ))}
          {FormerKeys === 0 ? null : <div className="quiet">{t.former(FormerKeys)}</div>}
        </>
      ),
    },
  ];
  return (
    <ScreenPage title={t.title}>
      <p className="quiet">{t.about}</p>
      <Panel>
        <FilterBar
          fields={[
            {
              name: 'wrong',
              label: t.which,
              kind: 'choice',
              choices: [
                { value: '', label: t.all },
                { value: '1', label: t.wrongAlone },
              ],
            },
            { name: 'cinema', label: t.cinema, kind: 'text' },
          ]}
        />
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
      <ETicketKeys />
    </ScreenPage>
  );
}
