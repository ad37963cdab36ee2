import { inEachLanguage } from '@ticket-check/console';

export type Severity = 'error' | 'warning' | 'note' | 'well';

export const WORDS = inEachLanguage({
  title: ['终端', 'Terminals'],
  about: [
    '每台终端最近一次上报的状态，需要处理的在前。',
    'How each terminal was when it was last heard; those that need somebody come first.',
  ],
  search: ['账号或影院编码', 'Account or cinema code'],
  searchHint: ['账号的一部分，或完整的影院编码', 'Part of the account, or a whole cinema code'],
  severity: ['状态', 'State'],
  all: ['全部', 'All'],
  severities: {
    error: ['需立即处理', 'Now'],
    warning: ['今天处理', 'Today'],
    note: ['留意', 'To note'],
    well: ['正常', 'Well'],
  },
  terminal: ['终端', 'Terminal'],
  state: ['状态', 'State'],
  todo: ['问题和处理办法', 'What is wrong, and what to do'],
  well: ['无需处理', 'Nothing to do'],
  heard: ['最近消息', 'Last heard'],
  never: ['从未', 'never'],
  devices: ['闸机和扫码枪', 'Gates and scanners'],
  gate: (name: string) => [`闸机 ${name}`, `Gate ${name}`],
  scanner: (name: string) => [`扫码枪 ${name}`, `Scanner ${name}`],
  unadmitted: (count: number, last: string) => [
    `${count} 人未经放行通过，最近一次 ${last}`,
    `${count} went through without being admitted, the last at ${last}`,
  ],
  noDevices: ['–', '–'],
  works: ['正常', 'works'],
  off: ['未启用', 'off'],
  outOfOrder: ['停用', 'out of order'],
  records: ['检票记录', 'Check records'],
  reported: ['全部已上报', 'all reported'],
  waiting: (count: number) => [`${count} 条待上报`, `${count} to be reported`],
  refused: (count: number) => [`${count} 条被拒收`, `${count} refused`],
  oldest: (time: string) => [`最早 ${time}`, `the oldest of ${time}`],
  keys: ['公钥更新', 'Keys came'],
  noKeys: ['没有公钥', 'there are none'],
  clock: ['时钟', 'Clock'],
  ahead: (seconds: number) => [`相差 ${seconds} 秒`, `${seconds} s off`],
  version: ['版本', 'Version'],
  started: (time: string) => [`${time} 启动`, `started ${time}`],
  none: ['还没有终端', 'There is no terminal yet'],
  noneText: [
    '在“接入账号”页面为终端新建账号；终端接入后就会出现在这里。',
    'Add an account for it on the page of accounts; it is shown here once it is connected.',
  ],
});
