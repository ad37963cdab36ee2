import type { InEachLanguage } from '../language.ts';

const zh = {
  setUp: {
    title: '设置两步验证',
    demanded: '您的角色登录时需要两步验证，请先完成设置。',
    steps: [
      '在手机上安装一个验证器应用（支持 TOTP 的应用均可）。',
      '用该应用扫描二维码，或手动输入下面的密钥。',
      '输入应用显示的 6 位验证码。',
    ],
    qr: '供验证器扫描的二维码',
    byHand: '密钥：',
    code: '6 位验证码',
    submit: '完成设置',
    wrongCode: '验证码不正确。请输入应用中当前显示的 6 位数字，并检查手机时间是否准确。',
    byPasskey: '改用通行密钥',
  },
  codes: {
    title: '恢复码',
    done: '两步验证已设置。其他设备上的登录均已结束。',
    text: '手机丢失时，可用恢复码代替验证码登录，每个只能使用一次。请立即抄写或打印并妥善保管：离开此页后不再显示。',
    next: '我已保存，继续',
  },
  remove: {
    demanded: '您的角色必须使用两步验证，最后一种不能停用。请先设置另一种，再停用这一种。',
  },
  passkey: {
    title: '添加通行密钥',
    intro: '通行密钥保存在您的手机、电脑或安全密钥上，用指纹、面容或屏幕锁确认，不会被钓鱼网站骗走。',
    name: '名称',
    nameHint: '便于以后辨认，例如：办公室电脑。',
    next: '下一步',
    device: '点击下面的按钮，并按浏览器的提示操作。',
    make: '创建通行密钥',
    badName: '请填写名称，最多 64 个字符。',
    refused: '未能添加通行密钥：已超时，或浏览器的回应不符。请重试。',
    tooMany: '最多可有 10 个通行密钥。请先移除不再使用的。',
  },
};

const en: typeof zh = {
  setUp: {
    title: 'Set up the second factor',
    demanded: 'Your role needs a second factor at the login. Set it up to continue.',
    steps: [
      'Install an authenticator app on your phone, any that knows TOTP.',
      'Scan the QR code with it, or enter the key below by hand.',
      'Enter the six digits that the app shows.',
    ],
    qr: 'QR code for the authenticator app',
    byHand: 'Key: ',
    code: 'Six digits',
    submit: 'Finish',
    wrongCode: 'That code is wrong. Enter the six digits that the app shows now, and check the clock of your phone.',
    byPasskey: 'Use a passkey instead',
  },
  codes: {
    title: 'Recovery codes',
    done: 'The second factor is set up. Your other sessions have ended.',
    text: 'If you lose your phone, one of these lets you in, once each. Write them down or print them now and keep them safe: they are not shown again.',
    next: 'I have saved them',
  },
  remove: {
    demanded: 'Your role needs a second factor, so the last one cannot be removed. Set up another one first.',
  },
  passkey: {
    title: 'Add a passkey',
    intro:
      'A passkey is kept by your phone, computer or security key and confirmed by fingerprint, face or screen lock. No other site can trick it out of you.',
    name: 'Name',
    nameHint: 'By which you will recognise it, for example: office computer.',
    next: 'Continue',
    device: 'Press the button and follow your browser.',
    make: 'Make the passkey',
    badName: 'Enter a name of at most 64 characters.',
    refused: 'The passkey was not added: it took too long, or the answer of the browser does not fit. Try again.',
    tooMany: 'You can have ten passkeys. Remove one that you no longer use first.',
  },
};

export const WORDS: InEachLanguage<typeof zh> = { zh, en };
