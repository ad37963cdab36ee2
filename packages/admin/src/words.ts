import { ERROR_WORDS } from './error-words.ts';
import type { InEachLanguage, Language } from './language.ts';

const zh = {
  account: '我的账号',
  logout: '退出',
  otherLanguage: 'English',
  skip: '跳到正文',
  login: {
    title: '登录',
    username: '用户名',
    password: '密码',
    submit: '登录',
    refused: '用户名或密码不正确。请核对后重试；如果忘记密码，请联系管理员重置。',
    tooSoon: (seconds: number) => `尝试次数过多。请在 ${seconds} 秒后重试，或换一台设备登录。`,
    loggedOut: '已退出登录。',
    again: '请先登录；如果之前已登录，登录状态已失效。',
    late: '验证超时，请重新登录。',
    hint: '首次登录请使用管理员提供的一次性密码。',
    noOperators: '还没有操作员。请在本机以服务所用的用户和设置执行以下命令，新建第一个管理员：',
  },
  confirm: {
    title: '两步验证',
    text: '密码正确。请用下面的方式确认是您本人。',
    code: '验证码或恢复码',
    hint: '手机验证器中的 6 位数字，每个只能使用一次。手机不在身边时，可以使用一个恢复码；两者都没有时，请联系管理员重置两步验证。',
    submit: '验证',
    refused: '验证码不正确或已使用过。请等待手机上显示新的验证码后再输入，并检查手机时间是否准确。',
    back: '返回登录',
  },
  passkey: {
    show: '使用通行密钥',
    unknown: '此浏览器不支持通行密钥，请换用新版浏览器。',
    failed: '未能使用通行密钥：操作已取消、超时，或此设备上没有对应的通行密钥。请重试，或改用其他方式。',
    isAddress: '通行密钥只能在以域名打开的页面上使用，而当前地址是 IP 地址。请用域名（本机可用 localhost）打开本系统。',
    none: '您的通行密钥不属于当前地址。请用设置它时的域名和端口打开本系统，或联系管理员重置两步验证。',
  },
  password: {
    title: '修改密码',
    oneTime: '您使用的是一次性密码，请先设置自己的密码。',
    chosen: '新密码',
    repeated: '再次输入新密码',
    rule: '12 至 128 个字符，至少 6 种不同字符，不能包含用户名。建议使用几个不相关的词。',
    submit: '保存新密码',
    faults: {
      'too-short': '新密码太短：至少需要 12 个字符。',
      'too-long': '新密码太长：最多 128 个字符。',
      'too-simple': '新密码太简单：至少需要 6 种不同的字符。',
      'holds-username': '新密码不能包含用户名。',
      unchanged: '新密码不能与当前密码相同。',
      different: '两次输入的新密码不一致。',
      refused: '当前密码不正确。',
    },
  },
  moment: { title: '请稍候', text: '正在打开页面……' },
  unbuilt: {
    title: '此页面尚未生成',
    text: '检票不受影响。请管理员在程序目录中运行 pnpm build:console，完成后刷新此页。',
  },
  back: '返回首页',
  requestId: '请求编号',
};

const en: typeof zh = {
  account: 'My account',
  logout: 'Log out',
  otherLanguage: '中文',
  skip: 'Skip to content',
  login: {
    title: 'Log in',
    username: 'Username',
    password: 'Password',
    submit: 'Log in',
    refused: 'Wrong username or password. Check both and try again; an administrator can reset a forgotten password.',
    tooSoon: (seconds) => `Too many attempts. Try again in ${seconds} seconds, or log in from another device.`,
    loggedOut: 'You are logged out.',
    again: 'Log in to continue. If you were logged in before, your session has ended.',
    late: 'That took too long. Log in again.',
    hint: 'At your first login use the one-time password that the administrator gave you.',
    noOperators:
      'There are no operators yet. Add the first administrator on this machine by this command, as the user and with the settings of the service:',
  },
  confirm: {
    title: 'Second step',
    text: 'The password is right. Confirm that it is you.',
    code: 'Code or recovery code',
    hint: 'The six digits of your authenticator app; each code counts once. Without your phone use one of your recovery codes; without either ask an administrator to reset your second factor.',
    submit: 'Continue',
    refused:
      'That code is wrong or was used already. Wait for the next one in the app, and check the clock of your phone.',
    back: 'Back to the login',
  },
  passkey: {
    show: 'Use a passkey',
    unknown: 'This browser knows no passkeys. Use a newer one.',
    failed:
      'No passkey was shown: it was cancelled, took too long, or is not on this device. Try again, or use another way.',
    isAddress:
      'Passkeys work only where this console is opened by a host name, and this is an IP address. Open it by its name (on this machine localhost will do).',
    none: 'Your passkeys are of another address. Open the console at the host name and port that you set them up at, or ask an administrator to reset your second factor.',
  },
  password: {
    title: 'Change password',
    oneTime: 'You logged in with a one-time password. Choose your own password to continue.',
    chosen: 'New password',
    repeated: 'New password again',
    rule: '12 to 128 characters, at least 6 different ones, without your username. A few unrelated words work well.',
    submit: 'Save new password',
    faults: {
      'too-short': 'The new password is too short: it needs at least 12 characters.',
      'too-long': 'The new password is too long: at most 128 characters.',
      'too-simple': 'The new password is too simple: it needs at least 6 different characters.',
      'holds-username': 'The new password must not contain your username.',
      unchanged: 'The new password must differ from the current one.',
      different: 'The two new passwords are not the same.',
      refused: 'The current password is wrong.',
    },
  },
  moment: { title: 'One moment', text: 'Opening the page …' },
  unbuilt: {
    title: 'This screen is not built yet',
    text: 'Checking tickets goes on. Have an administrator run pnpm build:console in the directory of the program, then load this page again.',
  },
  back: 'Back to the start page',
  requestId: 'Request ID',
};

export type Words = typeof zh;

export const WORDS: InEachLanguage<Words> = { zh, en };

export function errorWords(kind: keyof typeof ERROR_WORDS, language: Language): { title: string; text: string } {
  const { title, text } = ERROR_WORDS[kind];
  const place = language === 'zh' ? 0 : 1;
  return { title: title[place], text: text[place] };
}

/** What an operator reads who may not see or do something. */
export const FORBIDDEN = { zh: errorWords('forbidden', 'zh'), en: errorWords('forbidden', 'en') };
