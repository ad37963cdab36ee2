import { inEachLanguage } from '../begin/begun.ts';

export const WORDS = inEachLanguage({
  title: ['我的账号', 'My account'],
  username: ['用户名', 'Username'],
  role: ['角色', 'Role'],
  changeText: [
    '12 至 128 个字符，至少 6 种不同字符，不能包含用户名。建议使用几个不相关的词。其他设备上的登录随即结束。',
    '12 to 128 characters, at least 6 different ones, without your username. A few unrelated words work well. Your other sessions end.',
  ],
  chosen: ['新密码', 'New password'],
  repeated: ['再次输入新密码', 'New password again'],
  needed: ['请填写', 'This is needed'],
  different: ['两次输入的新密码不一致', 'The two new passwords are not the same'],
  savePassword: ['保存新密码', 'Save new password'],
  secondFactor: ['两步验证', 'Second factor'],
  demanded: [
    '您的角色登录时需要两步验证，请先完成设置。',
    'Your role needs a second factor at the login. Set it up to continue.',
  ],
  app: {
    none: [
      '尚未设置手机验证器。设置后，登录时除密码外还需输入手机验证器中的验证码，密码泄露时他人也无法登录。',
      'No authenticator app is set up. With one a login needs a code from your phone beside the password, so that a password that has become known opens nothing.',
    ],
    since: (date: string) => [`手机验证器已于 ${date} 设置。`, `An authenticator app is set up since ${date}.`],
    setUp: ['设置手机验证器', 'Set up an authenticator app'],
    replace: ['更换验证器', 'Change the app'],
    replaces: [
      '完成后，之前的验证器和恢复码不再有效。',
      'The app and the recovery codes that you had will not work any more.',
    ],
    steps: [
      '在手机上安装一个验证器应用（支持 TOTP 的均可），用它扫描二维码，或手动输入密钥；然后在此输入应用显示的 6 位验证码。其他设备上的登录随即结束。',
      'Install an authenticator app on your phone, any that knows TOTP. Scan the QR code with it, or enter the key by hand; then enter the six digits that it shows. Your other sessions end.',
    ],
    qr: ['供验证器扫描的二维码', 'QR code for the authenticator app'],
    byHand: ['密钥', 'Key'],
    code: ['6 位验证码', 'Six digits'],
    finish: ['完成设置', 'Finish'],
    remove: ['停用手机验证器', 'Remove the app'],
    removeText: [
      '手机验证器中的验证码不能再用于登录。没有通行密钥时，仅凭密码即可登录，恢复码也一并失效。',
      'Its codes do not open your account any more. Without a passkey your account then needs only your password, and the recovery codes stop working too.',
    ],
  },
  codes: {
    title: ['恢复码', 'Recovery codes'],
    left: (count: number) => [
      count === 0 ? '恢复码已用完，请重新生成。' : `还有 ${count} 个恢复码可用。`,
      count === 0 ? 'No recovery code is left. Make new ones.' : `Recovery codes left: ${count}.`,
    ],
    renewText: [
      '将生成 10 个新的恢复码，之前的全部失效。',
      'Ten new recovery codes are made, and those that you had stop working.',
    ],
    make: ['生成', 'Make'],
    text: [
      '手机丢失时，可用恢复码代替验证码登录，每个只能使用一次。请立即抄写或打印并妥善保管：关闭后不再显示。',
      'If you lose your phone, one of these lets you in, once each. Write them down or print them now and keep them safe: they are not shown again.',
    ],
  },
  passkeys: {
    title: ['通行密钥', 'Passkeys'],
    none: ['尚未添加。也可以用它代替手机验证码。', 'None yet. A passkey can take the place of the codes.'],
    host: ['适用地址', 'Works at'],
    added: ['添加时间', 'Added'],
    intro: [
      '通行密钥保存在您的手机、电脑或安全密钥上，用指纹、面容或屏幕锁确认，不会被钓鱼网站骗走。',
      'A passkey is kept by your phone, computer or security key and confirmed by fingerprint, face or screen lock. No other site can trick it out of you.',
    ],
    next: ['下一步', 'Continue'],
    device: ['点击按钮，并按浏览器的提示操作。', 'Press the button and follow your browser.'],
    make: ['创建通行密钥', 'Make the passkey'],
    failed: [
      '未能创建通行密钥：操作已取消、超时，或此浏览器不支持。请重试。',
      'No passkey was made: it was cancelled, took too long, or this browser knows none. Try again.',
    ],
    done: ['通行密钥已添加。其他设备上的登录均已结束。', 'The passkey is added. Your other sessions have ended.'],
    remove: ['移除', 'Remove'],
    removeText: [
      '它不能再用于登录。之后请在设备上也删除它。',
      'It will not open your account any more. Delete it on its device too.',
    ],
  },
  sessions: {
    title: ['登录中的设备', 'Where you are logged in'],
    intro: [
      '如果有您不认识的登录，请结束它并修改密码。',
      'If you do not recognise one of these, end it and change your password.',
    ],
    thisOne: ['当前登录', 'This session'],
    end: ['结束', 'End'],
    endText: ['它立即结束，那里未保存的内容会丢失。', 'It ends at once, and what is not saved there is lost.'],
    endOthers: ['结束其他全部登录', 'End all other sessions'],
    othersText: (count: number) => [
      `其他 ${count} 个登录立即结束，那里未保存的内容会丢失。当前登录不受影响。`,
      `Your other sessions (${count}) end at once, and what is not saved there is lost. This one goes on.`,
    ],
    onlyOne: ['没有其他登录。', 'You are logged in nowhere else.'],
  },
});
