import {
  errorWords,
  inEachLanguage,
  type Pair,
  shownCount,
  shownShare,
  shownSince,
  shownTime,
} from '@ticket-check/console';
import type { Need, SetUpStep, Today } from '../../src/today/told.ts';

type NeedWords<Kind extends Need['Kind']> = (need: Extract<Need, { Kind: Kind }>) => Pair;

const weekdayZh = (date: string) => new Date(date).toLocaleDateString('zh-CN', { weekday: 'short', timeZone: 'UTC' });
const weekdayEn = (date: string) => new Date(date).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });

/** What was answered last; nothing where there was no answer. */
function reasonOf(code: string, language: 'zh' | 'en'): string {
  const words = errorWords(code, language);
  return language === 'zh' ? `原因：${words}（${code}）` : `${words || 'Reason:'} (${code}) `;
}

const count = (count: number, one: string, many: string) => `${shownCount(count)} ${count === 1 ? one : many}`;

export const WORDS = inEachLanguage({
  day: (date: string, from: string, until: string) => [
    `营业日 ${date}（${shownTime(from)} 至 ${shownTime(until)}）`,
    `Business date ${date} (${shownTime(from)} to ${shownTime(until)})`,
  ],
  wall: ['大屏显示', 'Show on a wall'],
  leaveWall: ['退出大屏', 'Leave the wall view'],
  before: (date: string, entries: number, ofTheDay: number) => [
    `上${weekdayZh(date)}此时 ${shownCount(entries)}，全天 ${shownCount(ofTheDay)}`,
    `last ${weekdayEn(date)} ${shownCount(entries)} by now, ${shownCount(ofTheDay)} in all`,
  ],
  sameTimeBefore: ['上周同日此时', 'A week ago by now'],
  inside: ['场内人数', 'Guests inside'],
  insideMeans: [
    '正在放映和即将开始的场次已入场人数，不统计离场',
    'admitted to sessions that run or begin; nobody is counted out',
  ],
  refused: ['拒绝入场', 'Refused'],
  refusedMeans: [
    '终端上报的次数，原因见“今日检票情况”',
    'scans, as terminals report them; the reasons are under “Checks today”',
  ],
  sessions: ['各影厅场内人数', 'Guests inside by screen'],
  sessionsMean: [
    '场内人数：该厅正在放映和即将开始的场次已入场人数之和，不统计离场。场次在首位观众入场后显示。售票数不在本平台，因此只有入场人数。影片时长未知：开场满 3 小时或同厅下一场开始即视为散场。',
    'Inside a screen are all admitted to its sessions that run or begin; nobody is counted out. A session is shown once its first guest is admitted. How many tickets were sold is not known here. Nor are the lengths of films: a session ends three hours after its start, or when the next one in its screen begins.',
  ],
  chooseCinema: ['影院较多，请选择一家查看场次。', 'Choose a cinema to see its sessions.'],
  uncounted: ['暂时无法统计', 'not known at present'],
  noSessions: ['目前没有正在放映或即将开始的场次', 'No session runs or is about to begin'],
  admitted: (entries: number) => [`${shownCount(entries)} 人入场`, `${shownCount(entries)} admitted`],
  runs: (hasBegun: boolean) => (hasBegun ? ['放映中', 'runs'] : ['即将开始', 'begins']),
  cinemas: (shown: number, count: number) =>
    shown < count
      ? [
          `各影院：${shownCount(count)} 家中人数最多的 ${shown} 家`,
          `Cinemas: the fullest ${shown} of ${shownCount(count)}`,
        ]
      : ['各影院', 'Cinemas'],
  setUp: {
    upstream: {
      title: ['连接国家平台', 'Connect the national platform'],
      text: [
        '在服务器上执行 upstream set，导入国家平台提供的账号文件。',
        'Run upstream set on the server with the bundle that the national platform issued.',
      ],
      command: 'node apps/third-party-platform/src/main.ts upstream set bundle.json',
    },
    cinemas: {
      title: ['添加影院', 'Add the cinemas'],
      text: [
        '添加本平台所服务的影院，公钥随即自动获取。',
        'Add the cinemas that this platform serves; their public keys are fetched by themselves.',
      ],
      href: '/cinemas',
    },
    accounts: {
      title: ['为终端签发账号', 'Issue an account to a terminal'],
      text: ['用二维码注册第一台终端。', 'Enrol the first terminal by QR code.'],
      href: '/accounts',
    },
    terminals: {
      title: ['终端首次联络', 'Hear from the first terminal'],
      text: [
        '终端扫描二维码并确认后，会出现在终端列表中。',
        'It is in the list of terminals once it has scanned the QR code and somebody has confirmed.',
      ],
      href: '/fleet',
    },
  } satisfies Record<SetUpStep, { title: Pair; text: Pair } & ({ href: string } | { command: string })>,
  needs: ['需要处理', 'Needs somebody'],
  nothingNeeded: {
    title: ['没有需要处理的事项', 'Nothing needs you'],
    text: [
      '检票记录正常报送。出现异常时会显示在这里。',
      'Check records are on their way as they should be. What goes wrong is shown here.',
    ],
  },
  settle: ['去处理', 'Settle it'],
  need: {
    'upstream-not-set': () => ['尚未连接国家平台', 'No national platform is set'],
    'line-down': () => ['国家平台没有应答', 'The national platform does not answer'],
    terminals: ({ Count }) => [
      `${shownCount(Count)} 台终端需要立即处理`,
      `${count(Count, 'terminal needs', 'terminals need')} somebody now`,
    ],
    keys: ({ Count }) => [
      `${shownCount(Count)} 家影院的公钥有异常`,
      `Something is wrong with the public keys of ${count(Count, 'cinema', 'cinemas')}`,
    ],
    findings: ({ Count, AtLeast }) => [
      `${AtLeast ? '超过 ' : ''}${shownCount(Count)} 项重复入场或退票后入场待核实`,
      `${AtLeast ? 'More than ' : ''}${count(Count, 'double or late refund', 'doubles and late refunds')} to look into`,
    ],
    overdue: ({ Count }) => [
      `${shownCount(Count)} 条记录已超过报送时限（全部营业日）`,
      `${count(Count, 'record is', 'records are')} past the deadline (all dates)`,
    ],
    parked: ({ Count }) => [
      `国家平台拒收 ${shownCount(Count)} 条记录（全部营业日）`,
      `The national platform refuses ${count(Count, 'record', 'records')} (all dates)`,
    ],
    quarantined: ({ Count }) => [
      `${shownCount(Count)} 条记录被隔离（全部营业日）`,
      `${count(Count, 'record is', 'records are')} quarantined (all dates)`,
    ],
    stuck: ({ CinemaCode, Failures }) => [
      `影院 ${CinemaCode} 的报送连续 ${Failures} 次失败`,
      `Records of cinema ${CinemaCode} were not taken ${Failures} times in a row`,
    ],
    'incomplete-day': ({ CinemaCode, BusinessDate, Entries, Delivered }) => [
      `影院 ${CinemaCode} ${BusinessDate} 的送达率只有 ${shownShare(Delivered / Entries)}`,
      `Only ${shownShare(Delivered / Entries)} of ${BusinessDate} at cinema ${CinemaCode} has arrived`,
    ],
    'late-claims': ({ Count }) => [
      `${shownCount(Count)} 张票已占用但没有检票记录`,
      `${count(Count, 'ticket is', 'tickets are')} claimed without a check record`,
    ],
  } satisfies { [Kind in Need['Kind']]: NeedWords<Kind> },
  /** What is done about each. */
  advice: {
    'upstream-not-set': () => [
      '检票记录保存在本平台，不会上报。请管理员用 upstream set 导入国家平台提供的账号文件。',
      'Check records are kept here and go nowhere. Have an administrator run upstream set with the bundle of the national platform.',
    ],
    'line-down': () => [
      '终端按离线规则继续检票，记录恢复后自动补报。请检查网络；如果持续超过 10 分钟，请联系国家平台。',
      'Terminals go on by their offline rules, and records are sent once it answers. Check the network; after 10 minutes call the national platform.',
    ],
    terminals: () => [
      '没有音讯、闸机故障或停用、记录积压等：终端列表写明每台的问题和处理办法。',
      'Silent, a gate that failed or is out of order, records held up: the list of terminals says what is wrong with each and what to do.',
    ],
    keys: ({ Unusable }) => [
      `${Unusable === 0 ? '' : `其中 ${shownCount(Unusable)} 家没有可用公钥，影票无法检验。`}影院列表写明原因和处理办法。`,
      `${Unusable === 0 ? '' : `${count(Unusable, 'has', 'have')} no key in force: none of their tickets can be checked. `}The list of cinemas says why and what to do.`,
    ],
    findings: () => [
      '请核实是谁、为何重复入场，或为何退票后仍入场，并记下结论。',
      'Find out who went in twice, or after a refund, and how, and note the outcome.',
    ],
    overdue: () => [
      '应在放映开始后 1 小时内送达国家平台。请先处理下面的线路和停滞问题，记录会自动补报。',
      'The national platform should have them an hour after their session began. Settle the line and what stands still; they are then sent by themselves.',
    ],
    parked: () => [
      '请查看拒收原因并更正，然后重新报送。',
      'Look at the reason, correct it, then have them sent again.',
    ],
    quarantined: () => [
      '这些记录与票面信息不符，未计入入场，也未上报。请查看原因并核实终端。',
      'They do not agree with their tickets: they count as no entry and are not sent. Look at the reason and check the terminal.',
    ],
    stuck: ({ Code }) => [
      `${reasonOf(Code, 'zh')}记录仍保存在本平台。请检查国家平台的线路和该影院的接入权限。`,
      `${reasonOf(Code, 'en')}Its records are kept here. Check the line to the national platform and the cinema’s account there.`,
    ],
    'incomplete-day': ({ Entries, Delivered }) => [
      `${shownCount(Entries)} 次入场，已送达 ${shownCount(Delivered)} 条，低于要求的 98 %。请与国家平台对账并补报。`,
      `${shownCount(Delivered)} of ${shownCount(Entries)} entries have reached the national platform, and 98 % are demanded. Reconcile the day, then send what is missing.`,
    ],
    'late-claims': ({ Oldest }) => [
      `最早自 ${shownSince(Oldest, 'zh')}。这些票在其他检票口会被拒绝。请确认终端是否在线，必要时释放。`,
      `The oldest since ${shownSince(Oldest, 'en')}. Other doors refuse them. See whether the terminal is on line, and release them where it is not.`,
    ],
  } satisfies { [Kind in Need['Kind']]: NeedWords<Kind> },
  checks: ['今日检票情况', 'Checks today'],
  chartLabel: (entries: number, before: string) => [
    `每 10 分钟的检票记录，今日合计有效入场 ${shownCount(entries)} 次；浅色为 ${before}；数字见下表`,
    `Check records by ten minutes; ${count(entries, 'entry', 'entries')} today, as in the table below; ${before} behind them`,
  ],
  behind: (date: string) => [`浅色：上${weekdayZh(date)}（${date}）`, `Behind: last ${weekdayEn(date)} (${date})`],
  noChecks: {
    title: ['今日还没有检票', 'No ticket has been checked today'],
    text: ['终端检票后几秒内显示在这里。', 'Checks are shown here within seconds.'],
  },
  entries: ['有效入场', 'Entries'],
  quarantined: ['隔离', 'Quarantined'],
  outcomes: ['今日检票结果合计', 'Results of today’s checks'],
  outcome: ['结果', 'Outcome'],
  scans: ['次数', 'Checks'],
  ofThese: ['其中', 'Of these'],
  next: ['下一步', 'Next'],
  look: {
    worklist: ['核实重复入场', 'Look into doubles'],
    ticket: ['查询影票', 'Look up a ticket'],
    fleet: ['查看终端和扫码枪', 'Look at terminals and scanners'],
    outbox: ['查看隔离记录', 'Look at quarantined records'],
  },
  byHour: ['按小时查看', 'By the hour'],
  hour: ['时段', 'From'],
  telling: (accounts: number, telling: number) => [
    telling === 0
      ? '没有终端上报扫码结果（其他厂商的终端只报送检票记录，也用于其他影院的终端不计入），因此只显示入场和隔离。'
      : `入场按检票记录统计；拒绝入场由终端上报当日合计，约每分钟一次。${shownCount(accounts)} 个终端账号中今日有 ${shownCount(telling)} 个上报${telling < accounts ? '，其余终端的拒绝未计入' : ''}。`,
    telling === 0
      ? 'No terminal of only these cinemas reports refusals (other makes send only check records), so only entries and quarantined records are shown.'
      : `Entries are counted from check records; terminals report their refusals of the day about once a minute. Today ${shownCount(telling)} of ${count(accounts, 'terminal account does', 'terminal accounts do')} so${telling < accounts ? '; refusals of the others are not shown' : ''}.`,
  ],
  onTheWay: ['报送情况（全部营业日）', 'On their way (all dates)'],
  waiting: ['待报送', 'Waiting'],
  oldest: ['最早未送达', 'Oldest not delivered'],
  due: (time: string) => [`时限 ${time}`, `due at ${time}`],
  overdue: (count: number) => [`${shownCount(count)} 条已超时限`, `${shownCount(count)} past the deadline`],
  nothingWaits: ['全部已送达', 'all delivered'],
  parked: ['上级拒收', 'Refused upstream'],
  line: ['国家平台', 'National platform'],
  lineStates: {
    up: ['正常', 'answers'],
    down: ['没有应答', 'does not answer'],
    'not-set': ['未连接', 'not set'],
  } satisfies Record<Today['Line']['State'], Pair>,
  lastDelivered: ['最近送达', 'Last delivery'],
});
