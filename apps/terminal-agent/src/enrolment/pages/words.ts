import type { InEachLanguage } from '@ticket-check/admin';

type Words = {
  title: string;
  isSet(host: string, account: string): string;
  change: string;
  none: string;
  how: string;
  text: string;
  next: string;
  unreadable: string;
  replaced: string;
  check: string;
  platform: string;
  account: string;
  confirm: string;
  cancel: string;
  failed: string;
};

export const WORDS: { readonly [language in keyof InEachLanguage]: Words } = {
  zh: {
    title: '接入平台',
    isSet: (host, account) => `本终端已接入 ${host}，账号 ${account}。`,
    change: '改接其他平台或账号，请在本机执行 upstream enrol。',
    none: '本终端尚未设置：还没有接入平台，无法检票。',
    how: '请平台管理员在“接入账号”页面为本终端生成二维码，用扫码枪或检票页面的摄像头扫描，或把二维码旁的文本填在这里。',
    text: '二维码旁的文本',
    next: '下一步',
    unreadable: '这不是终端注册文本，请核对后重新填写。',
    replaced: '在您确认之前，又扫描了另一个二维码，因此没有接入。现在显示的是新的平台和账号，请重新核对。',
    check: '请与平台管理员核对平台地址和账号，一致后再确认。',
    platform: '平台',
    account: '账号',
    confirm: '确认接入',
    cancel: '取消',
    failed: '未能接入。请核对后重试，或请管理员重新生成二维码。',
  },
  en: {
    title: 'Platform',
    isSet: (host, account) => `This terminal is connected to ${host} as ${account}.`,
    change: 'To connect it to another platform or account, run upstream enrol on this machine.',
    none: 'This terminal is not set up: no platform is set, and no ticket can be checked.',
    how: 'Have the administrator of the platform make a QR code for it on the page Client accounts. Scan it with the scanner or with the camera of the kiosk page, or enter the text beside it here.',
    text: 'Text beside the QR code',
    next: 'Next',
    unreadable: 'This is not the text of an enrolment. Check it and enter it again.',
    replaced:
      'Another code was scanned before you confirmed, so nothing was connected. Platform and account below are those of the new code.',
    check: 'Compare platform and account with the administrator of the platform before you confirm.',
    platform: 'Platform',
    account: 'Account',
    confirm: 'Connect',
    cancel: 'Cancel',
    failed:
      'The terminal could not be connected. Check both and try again, or have the administrator make another QR code.',
  },
};
