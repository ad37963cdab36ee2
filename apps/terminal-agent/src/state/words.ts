import type { InEachLanguage } from '@ticket-check/admin';

function agoIn(unit: InEachLanguage<readonly [string, string, string, string]>, language: 'zh' | 'en') {
  const [seconds, minutes, hours, days] = unit[language];
  return (count: number): string => {
    if (count < 90) return `${count}${seconds}`;
    if (count < 5400) return `${Math.round(count / 60)}${minutes}`;
    if (count < 172_800) return `${Math.round(count / 3600)}${hours}`;
    return `${Math.round(count / 86_400)}${days}`;
  };
}

const UNITS = { zh: [' 秒', ' 分钟', ' 小时', ' 天'], en: [' s', ' min', ' h', ' days'] } as const;

const zh = {
  title: '本机状态',
  well: '一切正常',
  wellText: '闸机、扫码枪、网络、公钥、时钟和数据库都正常，无需处理。',
  facts: '详细情况',
  line: '与平台的连接',
  lineUp: '正常',
  lineDown: '中断，正在离线检票',
  lineNone: '尚未接入平台',
  heard: (ago: string) => `${ago}前收到过平台的应答`,
  neverHeard: '启动后尚未收到平台的应答',
  gates: '闸机',
  scanners: '扫码枪',
  noScanner: '由 POST /scan 接入',
  works: '正常',
  off: '未启用',
  keys: '影院公钥',
  keysCame: (ago: string) => `${ago}前更新`,
  keysNone: '没有公钥',
  clock: '时钟',
  clockTold: (time: string) => `检票使用的时间：${time}`,
  clockAhead: (seconds: number) => `本机慢 ${seconds} 秒，已自动校正`,
  clockBehind: (seconds: number) => `本机快 ${seconds} 秒，已自动校正`,
  clockRight: '与平台一致',
  clockUnknown: '尚未与平台核对',
  records: '检票记录',
  recordsNone: '全部已上报',
  recordsWaiting: (count: number, ago: string) => `${count} 条待上报，最早的一条在 ${ago}前`,
  recordsRefused: (count: number) => `${count} 条被平台拒收`,
  store: '数据库',
  storeWell: '正常',
  storeAside: (count: number) => `${count} 个损坏的数据库已被移开`,
  version: '程序',
  running: (version: string, ago: string) => `版本 ${version}，已运行 ${ago}`,
  ago: agoIn(UNITS, 'zh'),
  today: '今天在这个检票口',
  todayText: (date: string) => `营业日 ${date}（06:00 至次日 06:00）`,
  none: '今天还没有扫码。',
  countColumns: ['检票口', '结果', '次数', '其中离线放行', '事后发现重复或退票'],
  lastColumns: ['时间', '检票口', '结果', '电影票编码', '事后得知'],
  last: '最近的扫码',
  undecided: '未完成',
  lateVerdicts: { REFUNDED: '已退票', ALREADY_ENTERED: '重复入场' } as Readonly<Record<string, string>>,
  overriddenBy: (operator: string) => `由 ${operator} 人工放行`,
  notOpened: '闸机未打开，须手动开门放行',
  offlineKnowing: (time: string) => `网络中断，退票信息截至 ${time}`,
};

const en: typeof zh = {
  title: 'This terminal',
  well: 'All is well',
  wellText: 'Gates, scanners, line, keys, clock and database work. There is nothing to do.',
  facts: 'In detail',
  line: 'Line to the platform',
  lineUp: 'up',
  lineDown: 'down: tickets are checked offline',
  lineNone: 'no platform is set',
  heard: (ago) => `the platform answered ${ago} ago`,
  neverHeard: 'the platform has not answered since the start',
  gates: 'Gates',
  scanners: 'Scanners',
  noScanner: 'by POST /scan',
  works: 'works',
  off: 'off',
  keys: 'Public keys',
  keysCame: (ago) => `came ${ago} ago`,
  keysNone: 'there are none',
  clock: 'Clock',
  clockTold: (time) => `scans count by ${time}`,
  clockAhead: (seconds) => `this machine is ${seconds} s behind, which is corrected`,
  clockBehind: (seconds) => `this machine is ${seconds} s ahead, which is corrected`,
  clockRight: "agrees with the platform's",
  clockUnknown: "not compared with the platform's yet",
  records: 'Check records',
  recordsNone: 'all reported',
  recordsWaiting: (count, ago) => `${count} to be reported, the oldest made ${ago} ago`,
  recordsRefused: (count) => `${count} refused by the platform`,
  store: 'Database',
  storeWell: 'works',
  storeAside: (count) => `${count} damaged databases were set aside`,
  version: 'Agent',
  running: (version, ago) => `version ${version}, running for ${ago}`,
  ago: agoIn(UNITS, 'en'),
  today: 'Today at this door',
  todayText: (date) => `Business date ${date} (06:00 to 06:00)`,
  none: 'Nothing was scanned today.',
  countColumns: ['Gate', 'Verdict', 'Scans', 'Admitted offline', 'Doubles and refunds told later'],
  lastColumns: ['Time', 'Gate', 'Verdict', 'Ticket', 'Told later'],
  last: 'Last scans',
  undecided: 'not finished',
  lateVerdicts: { REFUNDED: 'refunded', ALREADY_ENTERED: 'entered twice' },
  overriddenBy: (operator) => `let in by ${operator}`,
  notOpened: 'the gate did not open: to be let in by hand',
  offlineKnowing: (time) => `no connection, refunds known up to ${time}`,
};

/** The words of the page of this terminal's state. */
export const WORDS: InEachLanguage<typeof zh> = { zh, en };
