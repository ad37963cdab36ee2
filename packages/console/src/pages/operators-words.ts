import { inEachLanguage } from '../begin/begun.ts';

export const WORDS = inEachLanguage({
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
  state: ['状态', 'State'],
  enabled: ['正常', 'enabled'],
  disabled: (time: string) => [`已于 ${time} 停用`, `disabled ${time}`],
  oneTime: (until: string) => [`等待首次登录（一次性密码 ${until} 前有效）`, `one-time password, good until ${until}`],
  oneTimeEnded: ['一次性密码已过期，请重置密码', 'one-time password has ended: reset it'],
  secondFactor: ['两步验证', 'Second factor'],
  has: ['已设置', 'set up'],
  hasNot: ['未设置', 'none'],
  save: ['保存', 'Save'],
  sessions: ['登录中的设备', 'Where they are logged in'],
  noSessions: ['目前没有登录', 'They are logged in nowhere at present'],
  action: ['操作', 'Action'],
  issued: (name: string) => [`${name} 的一次性密码`, `One-time password of ${name}`],
  issuedText: (until: string) => [
    `请当面交给本人。仅显示这一次，${until} 前有效，首次登录后须修改。`,
    `Hand it over in person. It is shown this once, is good until ${until} and is changed at the first login.`,
  ],
});
