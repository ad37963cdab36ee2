import {
  type AdviceItem,
  AdviceList,
  Answered,
  inEachLanguage,
  Nothing,
  Panel,
  ScreenButton,
  ScreenLink,
  ScreenPage,
  SetUp,
  shownSpan,
  useLanguage,
  useWords,
} from '@ticket-check/console';
import { countKinds, SCAN_KINDS } from '@ticket-check/protocol/scan-kinds';
import { ScansTable, type ShownScan } from '../door/scans-table.tsx';

type State = {
  readonly State: {
    readonly Line: string;
    readonly Version: string;
    readonly UptimeSeconds: number;
    readonly KeysAgeSeconds: number | null;
  };
  readonly Upstream: { readonly IsSet: boolean; readonly HeardSecondsAgo: number | null };
  readonly Advice: readonly AdviceItem[];
  readonly BusinessDate: string;
  /** Scans of the day by gate and verdict; null while one is undecided. */
  readonly Today: readonly { readonly Verdict: string | null; readonly Scans: number }[];
  readonly Last: readonly ShownScan[];
};

const WORDS = inEachLanguage({
  well: [
    '一切正常：闸机、扫码枪、网络、公钥、时钟和数据库都正常，无需处理。',
    'All is well: gates, scanners, line, keys, clock and database work. There is nothing to do.',
  ],
  setUp: {
    platform: {
      title: ['接入平台', 'Connect the platform'],
      text: [
        '在检票页面扫描平台管理员生成的二维码，核对后确认；没有屏幕时执行 upstream enrol。',
        'Scan the QR code of the platform’s administrator on the kiosk page, and confirm. Without a screen run upstream enrol.',
      ],
      href: ['/kiosk', '/kiosk'],
    },
    keys: {
      title: ['获取影院公钥', 'Fetch the keys of the cinemas'],
      text: [
        '接入后自动获取。如果几分钟后仍未完成，请检查网络。',
        'They are fetched by themselves once the platform is set. After some minutes check the network.',
      ],
      href: ['/settings', '/settings'],
    },
  },
  last: ['最近的扫码', 'Last scans'],
  none: ['今天还没有扫码', 'Nothing was scanned today'],
  kiosk: ['打开检票页面', 'Open the kiosk page'],
  lineUp: ['与平台的连接正常', 'line to the platform up'],
  lineDown: ['与平台的连接中断，正在离线检票', 'line to the platform down: tickets are checked offline'],
  lineNone: ['尚未接入平台', 'no platform is set'],
  heard: (ago: string) => [`${ago}前收到过平台的应答`, `the platform answered ${ago} ago`],
  neverHeard: ['启动后尚未收到平台的应答', 'the platform has not answered since the start'],
  running: (version: string, ago: string) => [
    `版本 ${version}，已运行 ${ago}`,
    `version ${version}, running for ${ago}`,
  ],
  today: ['今天在这个检票口', 'Today at this door'],
  date: (date: string) => [`营业日 ${date}（06:00 至次日 06:00）`, `Business date ${date} (06:00 to 06:00)`],
  report: ['按检票口看日报', 'Report by gate'],
});

/** This terminal for staff at the door: what to do, the last scans, and what was scanned today. */
export default function StateScreen() {
  const t = useWords(WORDS);
  return (
    <ScreenPage>
      <Answered<State> path="/state.json" live="state">
        {(state) => (
          <>
            <SetUp
              done={{ platform: state.Upstream.IsSet, keys: state.State.KeysAgeSeconds !== null }}
              steps={t.setUp}
            />
            <Panel>
              <AdviceList advice={state.Advice} fine={t.well} />
            </Panel>
            <Today state={state} />
            <Panel title={t.last}>
              {state.Last.length === 0 ? (
                <Nothing title={t.none}>
                  <ScreenButton href="/kiosk">{t.kiosk}</ScreenButton>
                </Nothing>
              ) : (
                <ScansTable caption={t.last} scans={state.Last} />
              )}
            </Panel>
          </>
        )}
      </Answered>
    </ScreenPage>
  );
}

function Today({ state: { State: own, Upstream, BusinessDate, Today: counts } }: { state: State }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const decided = counts.flatMap(({ Verdict, Scans }) => (Verdict === null ? [] : [[Verdict, Scans] as const]));
  const kinds = [...countKinds(decided)].map(([kind, scans]) => `${SCAN_KINDS[kind][language]} ${scans}`);
  const heard =
    Upstream.HeardSecondsAgo === null ? t.neverHeard : t.heard(shownSpan(Upstream.HeardSecondsAgo, language));
  const line = Upstream.IsSet ? [own.Line === 'up' ? t.lineUp : t.lineDown, heard] : [t.lineNone];
  return (
    <Panel title={t.today}>
      <p className="quiet">{t.date(BusinessDate)}</p>
      {kinds.length === 0 ? null : (
        <p>
          {kinds.join(' · ')} <ScreenLink href="/report?by=gate">{t.report}</ScreenLink>
        </p>
      )}
      <p className="quiet">{[...line, t.running(own.Version, shownSpan(own.UptimeSeconds, language))].join(' · ')}</p>
    </Panel>
  );
}
