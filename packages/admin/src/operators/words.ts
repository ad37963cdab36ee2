import type { InEachLanguage } from '../language.ts';

/** What can be done with one operator, each after a page that says what it means. */
export const ACTIONS = [
  'disable',
  'enable',
  'end-session',
  'end-sessions',
  'reset-password',
  'reset-second-factor',
] as const;
export type Action = (typeof ACTIONS)[number];

const endingZh = (count: number) => (count === 0 ? '目前没有登录' : `目前的 ${count} 个登录立即结束`);
const endingEn = (count: number) =>
  count === 0
    ? 'they are not logged in at present'
    : count === 1
      ? 'their one session ends at once'
      : `all ${count} of their sessions end at once`;

const zh = {
  menu: '操作员',
  list: {
    title: '操作员',
    add: '添加操作员',
    manage: '管理',
    columns: {
      username: '用户名',
      role: '角色',
      cinemas: '影院',
      state: '状态',
      secondFactor: '两步验证',
      action: '操作',
    },
    states: {
      enabled: '正常',
      disabled: '已停用',
      oneTime: (until: string) => `等待首次登录（一次性密码有效至 ${until}）`,
      oneTimeEnded: '一次性密码已过期，请重置密码',
    },
    yes: '已设置',
    no: '未设置',
  },
  form: {
    username: '用户名',
    usernameHint: '1 至 64 个小写字母、数字、点、下划线或连字符，以字母或数字开头。每人使用自己的用户名。',
    role: '角色',
    roles: {
      administrator: '管理员：管理操作员，并可进行值班经理的全部操作、查看操作记录',
      supervisor: '值班经理：日常查看，并处理异常情况',
      usher: '检票员：日常查看',
      auditor: '审计员：只读，可查看操作记录',
    },
    administratorHint: '管理员可见全部影院。',
    badRole: '请选择角色。',
    administratorSeesAll: '管理员可见全部影院，请选择“全部影院”。',
  },
  add: { title: '添加操作员', submit: '添加' },
  one: {
    title: (username: string) => `操作员 ${username}`,
    rights: '角色与影院',
    save: '保存',
    sessions: (count: number) => `当前登录数：${count}`,
    login: '当前登录',
  },
  issued: {
    title: '一次性密码',
    text: (until: string) => `请当面交给本人。仅显示这一次，${until} 前有效，首次登录后须修改。`,
    username: '用户名',
    password: '一次性密码',
  },
  actions: {
    disable: {
      button: '停用',
      title: (username: string) => `停用 ${username}`,
      text: (count: number) =>
        `此人不能再登录，${endingZh(count)}；此人添加的接口令牌同时失效。其操作记录保留。以后可以重新启用。`,
      submit: '确认停用',
      done: '已停用。',
    },
    enable: {
      button: '启用',
      title: (username: string) => `启用 ${username}`,
      text: () => '此人可以用原来的密码重新登录；此人添加的接口令牌恢复可用。',
      submit: '确认启用',
      done: '已启用。',
    },
    'end-session': {
      button: '结束',
      title: (username: string) => `结束 ${username} 的一个登录`,
      text: (count: number) =>
        `所选的登录立即结束，此人的其他 ${Math.max(0, count - 1)} 个登录不受影响，之后可以重新登录。`,
      submit: '确认结束',
      done: '该登录已结束。',
    },
    'end-sessions': {
      button: '结束登录',
      title: (username: string) => `结束 ${username} 的登录`,
      text: (count: number) => `此人在所有设备上：${endingZh(count)}，之后可以重新登录。`,
      submit: '确认结束',
      done: '登录已结束。',
    },
    'reset-password': {
      button: '重置密码',
      title: (username: string) => `重置 ${username} 的密码`,
      text: (count: number) => `原密码立即失效，${endingZh(count)}。将显示一个新的一次性密码，请当面交给本人。`,
      submit: '确认重置',
      done: '密码已重置。',
    },
    'reset-second-factor': {
      button: '重置两步验证',
      title: (username: string) => `重置 ${username} 的两步验证`,
      text: (count: number) =>
        `此人的手机验证器、通行密钥和恢复码全部失效，${endingZh(count)}。下次仅凭密码即可登录。请先确认是本人提出。`,
      submit: '确认重置',
      done: '两步验证已重置。',
    },
  },
  saved: '已保存，立即生效。',
  faults: {
    unknown: '没有这个操作员。',
    taken: '该用户名已被使用，请换一个。',
    'bad-username': '用户名不符合要求，请按下面的说明填写。',
    'last-administrator':
      '这是最后一个可用的管理员（能登录的）。请先添加或启用另一个管理员，或为一次性密码已过期的管理员重置密码。',
    'changed-meanwhile': '在此期间其他管理员已修改此人，未做更改。下面是现在的内容，请核对后再保存。',
  },
  back: '返回操作员列表',
};

const en: typeof zh = {
  menu: 'Operators',
  list: {
    title: 'Operators',
    add: 'Add an operator',
    manage: 'Manage',
    columns: {
      username: 'Username',
      role: 'Role',
      cinemas: 'Cinemas',
      state: 'State',
      secondFactor: 'Second factor',
      action: 'Action',
    },
    states: {
      enabled: 'enabled',
      disabled: 'disabled',
      oneTime: (until) => `to log in first (one-time password until ${until})`,
      oneTimeEnded: 'one-time password has ended: reset the password',
    },
    yes: 'set up',
    no: 'none',
  },
  form: {
    username: 'Username',
    usernameHint:
      '1 to 64 small letters, digits, dots, underscores or hyphens, the first a letter or digit. Everybody has their own.',
    role: 'Role',
    roles: {
      administrator: 'Administrator: manages operators, does what a supervisor does, sees what people did',
      supervisor: 'Supervisor: sees the daily business and puts right what went wrong',
      usher: 'Usher: sees the daily business',
      auditor: 'Auditor: changes nothing, sees what people did',
    },
    administratorHint: 'An administrator sees all cinemas.',
    badRole: 'Choose a role.',
    administratorSeesAll: 'An administrator sees all cinemas. Choose “All cinemas”.',
  },
  add: { title: 'Add an operator', submit: 'Add' },
  one: {
    title: (username) => `Operator ${username}`,
    rights: 'Role and cinemas',
    save: 'Save',
    sessions: (count) => `Logged in at present: ${count}`,
    login: 'Where they are logged in',
  },
  issued: {
    title: 'One-time password',
    text: (until) =>
      `Hand it over in person. It is shown this once, is good until ${until} and is changed at the first login.`,
    username: 'Username',
    password: 'One-time password',
  },
  actions: {
    disable: {
      button: 'Disable',
      title: (username) => `Disable ${username}`,
      text: (count) =>
        `They cannot log in any more, and ${endingEn(count)}. The tokens that they added stop working. What they did stays in the records. They can be enabled again.`,
      submit: 'Disable',
      done: 'Disabled.',
    },
    enable: {
      button: 'Enable',
      title: (username) => `Enable ${username}`,
      text: () => 'They can log in again with the password that they had, and the tokens that they added work again.',
      submit: 'Enable',
      done: 'Enabled.',
    },
    'end-session': {
      button: 'End',
      title: (username) => `End one session of ${username}`,
      text: (count) =>
        `They are logged out there at once. Their other sessions (${Math.max(0, count - 1)}) go on, and they can log in again.`,
      submit: 'End the session',
      done: 'The session has ended.',
    },
    'end-sessions': {
      button: 'End sessions',
      title: (username) => `End the sessions of ${username}`,
      text: (count) => `They are logged out everywhere: ${endingEn(count)}. They can log in again.`,
      submit: 'End the sessions',
      done: 'The sessions have ended.',
    },
    'reset-password': {
      button: 'Reset password',
      title: (username) => `Reset the password of ${username}`,
      text: (count) =>
        `Their password stops working at once, and ${endingEn(count)}. A new one-time password is shown, to be handed over in person.`,
      submit: 'Reset the password',
      done: 'The password is reset.',
    },
    'reset-second-factor': {
      button: 'Reset second factor',
      title: (username) => `Reset the second factor of ${username}`,
      text: (count) =>
        `Their authenticator app, passkeys and recovery codes stop working, and ${endingEn(count)}. Their next login needs only the password. Make sure that it is they who ask.`,
      submit: 'Reset the second factor',
      done: 'The second factor is reset.',
    },
  },
  saved: 'Saved. It holds from now on.',
  faults: {
    unknown: 'There is no such operator.',
    taken: 'That username is taken. Choose another one.',
    'bad-username': 'That username cannot be used. See below how it has to look.',
    'last-administrator':
      'This is the last enabled administrator who can log in. Add or enable another administrator, or reset the password of one whose one-time password has ended, first.',
    'changed-meanwhile':
      'Another administrator has changed this operator meanwhile, so nothing was changed. Below is what holds now: check it and save again.',
  },
  back: 'Back to the operators',
};

export const WORDS: InEachLanguage<typeof zh> = { zh, en };
