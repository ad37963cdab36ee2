import {
  type AdviceItem,
  AdviceList,
  type Column,
  inEachLanguage,
  ListScreen,
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

const WORDS = inEachLanguage({
  title: ['影院与公钥', 'Cinemas and keys'],
  about: [
    '公钥只能来自国家平台，每半小时自动获取；任何人都不能在本平台添加或更改公钥。',
    'Public keys are fetched from the national platform every half hour: nobody can add or change one here.',
  ],
  cinema: ['影院编码', 'Cinema code'],
  which: ['显示', 'Show'],
  all: ['全部', 'all'],
  wrongAlone: ['仅有异常的', 'what is wrong'],
  fine: ['正常', 'All is well'],
  keys: ['在用公钥', 'Keys in use'],
  since: (time: string) => [`${time} 启用`, `from ${time}`],
  former: (count: number) => [
    `另有 ${count} 把以前使用的公钥，仅用于核对旧记录`,
    `and ${count} of earlier times, with which old records are compared`,
  ],
  noKeys: ['没有公钥', 'none'],
  fetched: ['获取时间', 'Fetched'],
  ago: (span: string) => [`${span}前`, `${span} ago`],
  state: ['状态', 'State'],
  none: ['还没有影院', 'There is no cinema yet'],
  noneText: [
    '用命令 cinema add 添加本平台所服务的影院，公钥随即自动获取。',
    'The command `cinema add` adds the cinemas that this platform serves; their keys are fetched by themselves.',
  ],
});

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
    <ListScreen<Cinema>
      title={t.title}
      about={t.about}
      fields={[
        {
          name: 'wrong',
          label: t.which,
          kind: 'choice',
          choices: [
            ['', t.all],
            ['1', t.wrongAlone],
          ],
        },
        { name: 'cinema', label: t.cinema, kind: 'text' },
      ]}
      path="/cinemas"
      name="Cinemas"
      isLive
      columns={columns}
      rowKey={({ CinemaCode }) => CinemaCode}
      none={t.none}
      noneText={t.noneText}
    >
      <ETicketKeys />
    </ListScreen>
  );
}
