import { inEachLanguage } from '../begin/begun.ts';

export const ROLES = inEachLanguage({
  administrator: ['管理员', 'Administrator'],
  supervisor: ['值班经理', 'Supervisor'],
  usher: ['检票员', 'Usher'],
  auditor: ['审计员', 'Auditor'],
});

export const WORDS = inEachLanguage({
  title: ['操作员', 'Operators'],
  about: [
    '使用本系统的人，每人一个用户名。点击用户名查看登录、更改角色或停用。',
    'The people who use this console, each with a username of their own. Choose one to see their sessions, change their role or disable them.',
  ],
  one: (name: string) => [`操作员 ${name}`, `Operator ${name}`],
  unknown: {
    title: ['没有这个操作员', 'There is no such operator'],
    text: ['请从操作员列表中选择。', 'Choose one from the list of operators.'],
  },
  back: ['返回操作员列表', 'Back to the operators'],
  username: ['用户名', 'Username'],
  usernameHint: [
    '1 至 64 个小写字母、数字、点、下划线或连字符，以字母或数字开头',
    '1 to 64 small letters, digits, dots, underscores or hyphens, the first a letter or digit',
  ],
  role: ['角色', 'Role'],
  choose: ['请选择角色', 'Choose a role'],
  roles: {
    administrator: [
      '可进行全部操作：更改账号、影院、公钥、上级平台，管理操作员和接口令牌，查看操作记录。可见全部影院。',
      'Does everything: changes accounts, cinemas, keys, upstream, manages operators and tokens, sees the audit. Sees all cinemas.',
    ],
    supervisor: [
      '检票，处理重复入场、退票和上级拒收的记录，归还占票，撤销入场，人工放行，解除闸机停用，查看终端和公钥。',
      'Checks tickets, settles doubles, refunds and parked records, releases claims, undoes entries, admits in spite of a refusal, clears gates, sees terminals and keys.',
    ],
    usher: [
      '检票，查看检票记录、报表和占票，查询影票，撤销传感器没有检测到通过的入场，解除闸机停用。',
      'Checks tickets, sees check records, reports and claims, looks up tickets, undoes an entry that the sensor missed, clears gates.',
    ],
    auditor: [
      '不作更改：查看检票记录、报表、占票、影票、终端、公钥、配置和操作记录。',
      'Changes nothing: sees check records, reports, claims, tickets, terminals, keys, settings and the audit.',
    ],
  },
  cinemas: ['影院', 'Cinemas'],
  allCinemas: ['全部影院', 'all cinemas'],
  state: ['状态', 'State'],
  enabled: ['正常', 'enabled'],
  disabled: (time: string) => [`已于 ${time} 停用`, `disabled ${time}`],
  oneTime: (until: string) => [`等待首次登录（一次性密码 ${until} 前有效）`, `one-time password, good until ${until}`],
  oneTimeEnded: ['一次性密码已过期，请重置密码', 'one-time password has ended: reset it'],
  secondFactor: ['两步验证', 'Second factor'],
  has: ['已设置', 'set up'],
  hasNot: ['未设置', 'none'],
  created: ['添加时间', 'Added'],
  add: ['添加操作员', 'Add an operator'],
  addSubmit: ['添加', 'Add'],
  rights: ['更改角色与影院', 'Change role and cinemas'],
  save: ['保存', 'Save'],
  saved: ['已保存，立即生效。', 'Saved. It holds from now on.'],
  sessions: ['登录中的设备', 'Where they are logged in'],
  noSessions: ['目前没有登录', 'They are logged in nowhere at present'],
  session: {
    began: ['登录时间', 'Logged in'],
    address: ['登录地址', 'From'],
    seen: ['最近使用', 'Last used'],
    action: ['操作', 'Action'],
  },
  actions: {
    disable: ['停用', 'Disable'],
    enable: ['启用', 'Enable'],
    'end-session': ['结束登录', 'End the session'],
    'end-sessions': ['结束全部登录', 'End all sessions'],
    'reset-password': ['重置密码', 'Reset password'],
    'reset-second-factor': ['重置两步验证', 'Reset second factor'],
  },
  done: (action: string) => [`已完成：${action}`, `Done: ${action}`],
  issued: (name: string) => [`${name} 的一次性密码`, `One-time password of ${name}`],
  issuedText: (until: string) => [
    `请当面交给本人。仅显示这一次，${until} 前有效，首次登录后须修改。`,
    `Hand it over in person. It is shown this once, is good until ${until} and is changed at the first login.`,
  ],
});
