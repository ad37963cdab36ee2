import type { InEachLanguage } from '../language.ts';

type Words = {
  setUp: {
    title: string;
    demanded: string;
    replaces: string;
    steps: readonly [install: string, scan: string, enter: string];
    qr: string;
    byHand: string;
    code: string;
    current: string;
    submit: string;
    wrongCode: string;
    badSecret: string;
  };
  codes: { title: string; done: string; text: string; next: string };
  renew: { title: string; text: string; submit: string };
  remove: { title: string; text: string; demanded: string; submit: string };
  wrongPassword: string;
  cancel: string;
};

const zh: Words = {
  setUp: {
    title: '设置两步验证',
    demanded: '您的角色登录时需要两步验证，请先完成设置。',
    replaces: '完成后，之前的验证器和恢复码不再有效。',
    steps: [
      '在手机上安装一个验证器应用（支持 TOTP 的应用均可）。',
      '用该应用扫描二维码，或手动输入下面的密钥。',
      '输入应用显示的 6 位验证码。',
    ],
    qr: '供验证器扫描的二维码',
    byHand: '密钥',
    code: '6 位验证码',
    current: '当前密码',
    submit: '完成设置',
    wrongCode: '验证码不正确。请输入应用中当前显示的 6 位数字，并检查手机时间是否准确。',
    badSecret: '设置未完成，请重新扫描二维码。',
  },
  codes: {
    title: '恢复码',
    done: '两步验证已设置。其他设备上的登录均已结束。',
    text: '手机丢失时，可用恢复码代替验证码登录，每个只能使用一次。请立即抄写或打印并妥善保管：离开此页后不再显示。',
    next: '我已保存，继续',
  },
  renew: {
    title: '重新生成恢复码',
    text: '将生成 10 个新的恢复码，之前的全部失效。',
    submit: '生成新的恢复码',
  },
  remove: {
    title: '停用两步验证',
    text: '停用后，仅凭密码即可登录您的账号，恢复码也一并失效。',
    demanded: '您的角色必须使用两步验证，不能停用。如需更换手机，请重新设置。',
    submit: '停用两步验证',
  },
  wrongPassword: '当前密码不正确。',
  cancel: '取消',
};

const en: Words = {
  setUp: {
    title: 'Set up the second factor',
    demanded: 'Your role needs a second factor at the login. Set it up to continue.',
    replaces: 'The app and the recovery codes that you had will not work any more.',
    steps: [
      'Install an authenticator app on your phone, any that knows TOTP.',
      'Scan the QR code with it, or enter the key below by hand.',
      'Enter the six digits that the app shows.',
    ],
    qr: 'QR code for the authenticator app',
    byHand: 'Key',
    code: 'Six digits',
    current: 'Current password',
    submit: 'Finish',
    wrongCode: 'That code is wrong. Enter the six digits that the app shows now, and check the clock of your phone.',
    badSecret: 'That did not work. Scan the QR code again.',
  },
  codes: {
    title: 'Recovery codes',
    done: 'The second factor is set up. Your other sessions have ended.',
    text: 'If you lose your phone, one of these lets you in, once each. Write them down or print them now and keep them safe: they are not shown again.',
    next: 'I have saved them',
  },
  renew: {
    title: 'New recovery codes',
    text: 'Ten new recovery codes are made, and those that you had stop working.',
    submit: 'Make new recovery codes',
  },
  remove: {
    title: 'Remove the second factor',
    text: 'Your password alone will then open your account. The recovery codes stop working too.',
    demanded: 'Your role needs a second factor, so it cannot be removed. For another phone set it up again.',
    submit: 'Remove the second factor',
  },
  wrongPassword: 'The current password is wrong.',
  cancel: 'Cancel',
};

export const WORDS: InEachLanguage<Words> = { zh, en };
