import { inEachLanguage, type Pair, shownCount } from '@ticket-check/console';
import type { SetUpStep } from '../../src/today/told.ts';

export const WORDS = inEachLanguage({
  today: (date: string) => [`今日（${date}）收到`, `Received today (${date})`],
  last: (date: string) => [`上一营业日 ${date}`, `Last business date, ${date}`],
  sold: ['售出未退', 'Sold, not refunded'],
  entries: ['收到入场', 'Entries received'],
  completeness: ['送达率', 'Completeness'],
  completenessMeans: ['收到的入场占平台告知的入场', 'of the entries that platforms report'],
  below: (percent: number, count: number) => [
    `送达率低于 ${percent}%：${shownCount(count)} 家`,
    `Below ${percent} %: ${shownCount(count)}`,
  ],
  noneBelow: ['没有影院低于要求', 'No cinema is below what is demanded'],
  silent: (count: number) => [
    `有售票、无检票记录：${shownCount(count)} 家`,
    `Tickets sold, no records: ${shownCount(count)}`,
  ],
  noneSilent: ['售出影票的影院都有检票记录', 'All cinemas that sold tickets sent records'],
  platforms: ['检票平台', 'Platforms'],
  platformsMean: [
    '上一营业日没有记录的平台排在最前。没有告知入场数的平台无法计算送达率。',
    'Those without records of the last business date come first. Of those that report no number of entries completeness is unknown.',
  ],
  ofToday: ['今日入场', 'Entries today'],
  ofLast: ['上一营业日入场', 'Entries of the last date'],
  nothing: ['没有记录', 'no records'],
  notTold: ['未告知', 'not reported'],
  reached: ['已收到', 'Arrived'],
  delivered: ['平台自报已送达', 'Delivered, as reported'],
  trend: ['近 30 个营业日的送达率（平台自报）', 'Completeness of 30 business dates, as platforms report it'],
  trendLabel: [
    '各营业日平台告知的入场中自报已送达的比例；数字见下表',
    'The share of reported entries that platforms report as delivered, by business date. The numbers are in the table below',
  ],
  axes: (lowest: number, demanded: number) => [
    `纵轴从 ${lowest}% 开始，横线为 ${demanded}%，低于它的为红色；没有柱的日期没有告知或没有入场`,
    `The axis starts at ${lowest} %; the line is ${demanded} %, and what is below it is red. A date without a bar was not reported, or nobody entered`,
  ],
  byDate: ['按营业日查看', 'By business date'],
  noTrend: ['还没有平台告知入场数', 'No platform has reported its entries yet'],
  all: ['全部影院和文件', 'All cinemas, and files'],
  report: ['日报和文件', 'Report of the day, and files'],
  setUp: {
    cinemas: {
      title: ['导入影院和公钥', 'Import cinemas and keys'],
      text: [
        '用命令 import 导入文件，或由数据来源通过接口导入。',
        'The command import takes files in; data sources send them by the import Apis.',
      ],
      href: '/cinemas',
    },
    tickets: {
      title: ['接收售票数据', 'Receive sold tickets'],
      text: [
        '为售票系统新建账号，或用命令 import 导入文件。',
        'Issue an account to a ticketing system, or import files with the command import.',
      ],
      href: '/intake',
    },
    platforms: {
      title: ['为检票平台签发账号', 'Issue an account to a platform'],
      text: ['新建平台账号，把账号文件交给平台。', 'Add a platform, and hand it its bundle.'],
      href: '/platforms',
    },
    records: {
      title: ['收到第一条检票记录', 'Receive the first check record'],
      text: ['平台导入账号文件后自动上报。', 'Platforms send them once they have their bundle.'],
      href: '/records',
    },
  } satisfies Record<SetUpStep, { title: Pair; text: Pair; href: string }>,
});
