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
  lineUp: '与平台的连接正常',
  lineDown: '与平台的连接中断，正在离线检票',
  lineNone: '尚未接入平台',
  heard: (ago: string) => `${ago}前收到过平台的应答`,
  neverHeard: '启动后尚未收到平台的应答',
  running: (version: string, ago: string) => `版本 ${version}，已运行 ${ago}`,
  ago: agoIn(UNITS, 'zh'),
  today: '今天在这个检票口',
  todayText: (date: string) => `营业日 ${date}（06:00 至次日 06:00）`,
  none: '今天还没有扫码。',
  countColumns: ['检票口', '结果', '次数', '其中离线放行', '事后发现重复或退票'],
  last: '最近的扫码',
};

const en: typeof zh = {
  title: 'This terminal',
  well: 'All is well',
  wellText: 'Gates, scanners, line, keys, clock and database work. There is nothing to do.',
  lineUp: 'line to the platform up',
  lineDown: 'line to the platform down: tickets are checked offline',
  lineNone: 'no platform is set',
  heard: (ago) => `the platform answered ${ago} ago`,
  neverHeard: 'the platform has not answered since the start',
  running: (version, ago) => `version ${version}, running for ${ago}`,
  ago: agoIn(UNITS, 'en'),
  today: 'Today at this door',
  todayText: (date) => `Business date ${date} (06:00 to 06:00)`,
  none: 'Nothing was scanned today.',
  countColumns: ['Gate', 'Verdict', 'Scans', 'Admitted offline', 'Doubles and refunds told later'],
  last: 'Last scans',
};

export type StateWords = typeof zh;

/** The words of the page of this terminal's state. */
export const WORDS: InEachLanguage<typeof zh> = { zh, en };
