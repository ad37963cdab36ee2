import type { InEachLanguage } from '../language.ts';

const zh = {
  title: '我的账号',
  username: '用户名',
  role: '角色',
  cinemas: '影院',
  changePassword: '修改密码',
  done: {
    'session-ended': '该登录已结束。',
    'others-ended': '除当前登录外，其他登录均已结束。',
    'second-factor-removed': '手机验证器已停用。',
    'passkey-added': '通行密钥已添加。其他设备上的登录均已结束。',
    'passkey-removed': '通行密钥已移除。',
  },
  secondFactor: {
    title: '两步验证',
    codes: '恢复码',
    none: '尚未设置手机验证器。设置后，登录时除密码外还需输入手机验证器中的验证码，密码泄露时他人也无法登录。',
    since: (date: string) => `手机验证器已于 ${date} 设置。`,
    codesLeft: (count: number) => (count === 0 ? '恢复码已用完，请重新生成。' : `还有 ${count} 个恢复码可用。`),
    setUp: '设置手机验证器',
    replace: '更换验证器',
    renew: '重新生成恢复码',
    remove: '停用',
  },
  passkeys: {
    title: '通行密钥',
    none: '尚未添加。也可以用它代替手机验证码。',
    columns: { name: '名称', host: '适用地址', added: '添加时间', used: '最近使用' },
    never: '从未',
    add: '添加通行密钥',
    remove: '移除',
  },
  sessions: {
    title: '登录中的设备',
    intro: '如果有您不认识的登录，请结束它并修改密码。',
    columns: { began: '登录时间', address: '登录地址', seen: '最近使用', action: '操作' },
    thisOne: '当前登录',
    end: '结束',
    endOthers: {
      button: '结束其他全部登录',
      title: '结束其他全部登录',
      text: (count: number) => `其他 ${count} 个登录立即结束，那里未保存的内容会丢失。当前登录不受影响。`,
      submit: '确认结束',
    },
    onlyOne: '没有其他登录。',
  },
};

const en: typeof zh = {
  title: 'My account',
  username: 'Username',
  role: 'Role',
  cinemas: 'Cinemas',
  changePassword: 'Change password',
  done: {
    'session-ended': 'That session has ended.',
    'others-ended': 'All your other sessions have ended.',
    'second-factor-removed': 'The authenticator app is removed.',
    'passkey-added': 'The passkey is added. Your other sessions have ended.',
    'passkey-removed': 'The passkey is removed.',
  },
  secondFactor: {
    title: 'Second factor',
    codes: 'Recovery codes',
    none: 'No authenticator app is set up. With one a login needs a code from your phone beside the password, so that a password that has become known opens nothing.',
    since: (date) => `An authenticator app is set up since ${date}.`,
    codesLeft: (count) =>
      count === 0
        ? 'No recovery code is left. Make new ones.'
        : `${count} recovery code${count === 1 ? '' : 's'} left.`,
    setUp: 'Set up an authenticator app',
    replace: 'Change the app',
    renew: 'New recovery codes',
    remove: 'Remove',
  },
  passkeys: {
    title: 'Passkeys',
    none: 'None yet. A passkey can take the place of the codes.',
    columns: { name: 'Name', host: 'Works at', added: 'Added', used: 'Last used' },
    never: 'never',
    add: 'Add a passkey',
    remove: 'Remove',
  },
  sessions: {
    title: 'Where you are logged in',
    intro: 'If you do not recognise one of these, end it and change your password.',
    columns: { began: 'Logged in', address: 'From', seen: 'Last used', action: 'Action' },
    thisOne: 'This session',
    end: 'End',
    endOthers: {
      button: 'End all other sessions',
      title: 'End all other sessions',
      text: (count) =>
        `Your other sessions (${count}) end at once, and what is not saved there is lost. This one goes on.`,
      submit: 'End them',
    },
    onlyOne: 'You are logged in nowhere else.',
  },
};

export const WORDS: InEachLanguage<typeof zh> = { zh, en };
