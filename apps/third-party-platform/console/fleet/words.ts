import type { InEachLanguage } from '@ticket-check/console';

export type Severity = 'error' | 'warning' | 'note' | 'well';

type Words = {
  title: string;
  intro: string;
  caption: string;
  search: string;
  searchHint: string;
  severity: string;
  all: string;
  severities: Readonly<Record<Severity, string>>;
  terminal: string;
  state: string;
  todo: string;
  well: string;
  heard: string;
  never: string;
  devices: string;
  gate(name: string): string;
  scanner(name: string): string;
  unadmitted(count: number, last: string): string;
  noDevices: string;
  works: string;
  off: string;
  outOfOrder: string;
  records: string;
  reported: string;
  waiting(count: number): string;
  refused(count: number): string;
  oldest(time: string): string;
  keys: string;
  noKeys: string;
  clock: string;
  ahead(seconds: number): string;
  version: string;
  started(time: string): string;
  none: string;
  noneText: string;
};

export const WORDS: InEachLanguage<Words> = {
  zh: {
    title: '终端',
    intro: '每台终端最近一次上报的状态，需要处理的在前。',
    caption: '终端及其状态',
    search: '账号或影院编码',
    searchHint: '账号的一部分，或完整的影院编码',
    severity: '状态',
    all: '全部',
    severities: { error: '需立即处理', warning: '今天处理', note: '留意', well: '正常' },
    terminal: '终端',
    state: '状态',
    todo: '问题和处理办法',
    well: '无需处理',
    heard: '最近消息',
    never: '从未',
    devices: '闸机和扫码枪',
    gate: (name) => `闸机 ${name}`,
    scanner: (name) => `扫码枪 ${name}`,
    unadmitted: (count, last) => `${count} 人未经放行通过，最近一次 ${last}`,
    noDevices: '–',
    works: '正常',
    off: '未启用',
    outOfOrder: '停用',
    records: '检票记录',
    reported: '全部已上报',
    waiting: (count) => `${count} 条待上报`,
    refused: (count) => `${count} 条被拒收`,
    oldest: (time) => `最早 ${time}`,
    keys: '公钥更新',
    noKeys: '没有公钥',
    clock: '时钟',
    ahead: (seconds) => `相差 ${seconds} 秒`,
    version: '版本',
    started: (time) => `${time} 启动`,
    none: '还没有终端',
    noneText: '在“接入账号”页面为终端新建账号；终端接入后就会出现在这里。',
  },
  en: {
    title: 'Terminals',
    intro: 'How each terminal was when it was last heard; those that need somebody come first.',
    caption: 'The terminals and how they are',
    search: 'Account or cinema code',
    searchHint: 'Part of the account, or a whole cinema code',
    severity: 'State',
    all: 'All',
    severities: { error: 'Now', warning: 'Today', note: 'To note', well: 'Well' },
    terminal: 'Terminal',
    state: 'State',
    todo: 'What is wrong, and what to do',
    well: 'Nothing to do',
    heard: 'Last heard',
    never: 'never',
    devices: 'Gates and scanners',
    gate: (name) => `Gate ${name}`,
    scanner: (name) => `Scanner ${name}`,
    unadmitted: (count, last) => `${count} went through without being admitted, the last at ${last}`,
    noDevices: '–',
    works: 'works',
    off: 'off',
    outOfOrder: 'out of order',
    records: 'Check records',
    reported: 'all reported',
    waiting: (count) => `${count} to be reported`,
    refused: (count) => `${count} refused`,
    oldest: (time) => `the oldest of ${time}`,
    keys: 'Keys came',
    noKeys: 'there are none',
    clock: 'Clock',
    ahead: (seconds) => `${seconds} s off`,
    version: 'Version',
    started: (time) => `started ${time}`,
    none: 'There is no terminal yet',
    noneText: 'Add an account for it on the page of accounts; it is shown here once it is connected.',
  },
};
