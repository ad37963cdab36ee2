import type { Permission } from '@ticket-check/operators';
import type { InEachLanguage } from '../language.ts';

type Words = {
  menu: string;
  title: string;
  intro: string;
  none: string;
  columns: {
    name: string;
    permissions: string;
    cinemas: string;
    ends: string;
    addedBy: string;
    used: string;
    state: string;
    action: string;
  };
  states: { works: string; ended: string; held: string; revoked: string };
  nobody: string;
  never: string;
  allCinemas: string;
  permissions: Record<Permission, string>;
  revoke: { button: string; title(name: string): string; text(used: string): string; submit: string; done: string };
  add: {
    title: string;
    name: string;
    nameHint: string;
    permissions: string;
    until: string;
    untilHint: string;
    submit: string;
    faults: Record<'permissions' | 'until' | 'refused', string>;
  };
  issued: { title: string; text: string; next: string };
  current: string;
  cancel: string;
};

const zh: Words = {
  menu: '接口令牌',
  title: '接口令牌',
  intro:
    '供报表等程序使用。在网页端口上（请求头 Authorization: Bearer）只能读取；本机命令可按所给权限进行更改（环境变量 OPERATOR_TOKEN）。添加人被停用期间，令牌不可用。',
  none: '还没有令牌。',
  columns: {
    name: '名称',
    permissions: '权限',
    cinemas: '影院',
    ends: '有效至',
    addedBy: '添加人',
    used: '最近使用',
    state: '状态',
    action: '操作',
  },
  states: { works: '有效', ended: '已过期', held: '添加人已停用', revoked: '已吊销' },
  nobody: '本机命令',
  never: '从未',
  allCinemas: '全部影院',
  permissions: {
    'records.read': '查看检票记录',
    'records.resolve': '处理检票记录',
    'claims.read': '查看占票',
    'claims.release': '归还占票',
    'tickets.read': '查询影票',
    'tickets.check': '检票',
    'entries.undo': '撤销入场',
    'entries.undo-unpassed': '撤销无人通过的入场',
    'entries.override': '人工放行',
    'gates.clear': '解除闸机停用',
    'fleet.read': '查看终端',
    'cinemas.read': '查看影院和公钥',
    'settings.read': '查看配置',
    'service.manage': '管理账号、影院、密钥和上级平台',
    'audit.read': '查看操作记录',
    'operators.manage': '管理操作员',
  },
  revoke: {
    button: '吊销',
    title: (name) => `吊销令牌 ${name}`,
    text: (used) =>
      `使用该令牌的程序立即不能再读取数据，也不能再执行命令，且无法恢复；需要时请另建令牌。最近使用：${used}。`,
    submit: '确认吊销',
    done: '令牌已吊销。',
  },
  add: {
    title: '添加令牌',
    name: '名称',
    nameHint: '说明用途，例如 daily-report：小写字母、数字、点、下划线或连字符。每个名称只能用一次。',
    permissions: '权限',
    until: '最后有效日期',
    untilHint: '格式 2026-12-31，最长 400 天。',
    submit: '添加',
    faults: {
      permissions: '请至少选择一项权限。',
      until: '日期有误：请按 2026-12-31 的格式填写。',
      refused: '未能添加：名称不符合要求或已被使用，或日期不在今后 400 天之内。',
    },
  },
  issued: { title: '令牌', text: '仅显示这一次，请立即填入使用它的程序。', next: '完成' },
  current: '您的密码（确认身份）',
  cancel: '取消',
};

const en: Words = {
  menu: 'Tokens',
  title: 'Tokens',
  intro:
    'For programs, such as reports. On the console (header Authorization: Bearer) a token reads and changes nothing; a command on the machine may change what its permissions allow (OPERATOR_TOKEN). It does not work while the operator who added it is disabled.',
  none: 'There is no token yet.',
  columns: {
    name: 'Name',
    permissions: 'Permissions',
    cinemas: 'Cinemas',
    ends: 'Until',
    addedBy: 'Added by',
    used: 'Last used',
    state: 'State',
    action: 'Action',
  },
  states: { works: 'works', ended: 'has ended', held: 'who added it is disabled', revoked: 'revoked' },
  nobody: 'a command on the machine',
  never: 'never',
  allCinemas: 'All cinemas',
  permissions: {
    'records.read': 'see check records',
    'records.resolve': 'settle check records',
    'claims.read': 'see claims',
    'claims.release': 'release claims',
    'tickets.read': 'look up tickets',
    'tickets.check': 'check tickets',
    'entries.undo': 'undo entries',
    'entries.undo-unpassed': 'undo entries whose guest no sensor saw',
    'entries.override': 'admit in spite of a refusal',
    'gates.clear': 'clear gates that were out of order',
    'fleet.read': 'see terminals',
    'cinemas.read': 'see cinemas and keys',
    'settings.read': 'see settings',
    'service.manage': 'manage accounts, cinemas, keys and the platform above',
    'audit.read': 'see what people did',
    'operators.manage': 'manage operators',
  },
  revoke: {
    button: 'Revoke',
    title: (name) => `Revoke the token ${name}`,
    text: (used) =>
      `The program that uses it can neither read nor run commands any more, at once and for good. Add another token where one is needed. Last used: ${used}.`,
    submit: 'Revoke',
    done: 'The token is revoked.',
  },
  add: {
    title: 'Add a token',
    name: 'Name',
    nameHint:
      'What it is for, such as daily-report: small letters, digits, dots, underscores or hyphens. Each name is used once.',
    permissions: 'Permissions',
    until: 'Last day',
    untilHint: 'As 2026-12-31, at most 400 days ahead.',
    submit: 'Add',
    faults: {
      permissions: 'Choose at least one permission.',
      until: 'That is no date: write it as 2026-12-31.',
      refused: 'Not added: the name cannot be used or is taken, or the day is not within the next 400 days.',
    },
  },
  issued: {
    title: 'Token',
    text: 'It is shown this once. Enter it now where it is used.',
    next: 'Done',
  },
  current: 'Your own password, to confirm',
  cancel: 'Cancel',
};

export const WORDS: InEachLanguage<Words> = { zh, en };
