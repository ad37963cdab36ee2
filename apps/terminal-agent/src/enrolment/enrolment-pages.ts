import { join } from 'node:path';
import type { InEachLanguage, Page, PageRequest, PageSet } from '@ticket-check/admin';
import type { UpstreamStore } from '@ticket-check/exchange';
import type { OfferedEnrolment } from './offered-enrolment.ts';

const zh = {
  title: '接入平台',
  isSet: (host: string, account: string) => `本终端已接入 ${host}，账号 ${account}。`,
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
};

const WORDS: InEachLanguage<typeof zh> = {
  zh,
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

const PATH = '/enrolment';

/** The page on which an administrator sees the platform above, and enrols a terminal that has none. Reading E8. */
export function enrolmentPages(options: {
  enrolment: OfferedEnrolment;
  upstreams: Pick<UpstreamStore, 'current'>;
}): PageSet {
  const { enrolment, upstreams } = options;

  async function show({ language }: PageRequest, fault: string | null = null): Promise<Page> {
    const t = WORDS[language];
    const current = await upstreams.current();
    const offered = current === null ? enrolment.shown() : null;
    return {
      title: t.title,
      view: 'enrolment/enrolment',
      status: fault === null ? 200 : 400,
      data: {
        t,
        path: PATH,
        isSet: current === null ? null : t.isSet(new URL(current.url).host, current.username),
        offered,
        fault: fault ?? (offered?.step === 'failed' ? t.failed : null),
        detail: offered?.fault ?? null,
      },
    };
  }

  async function offer(request: PageRequest): Promise<Page | { redirect: string }> {
    const isTaken = await enrolment.offer(request.form.get('text') ?? '');
    return isTaken ? { redirect: PATH } : show(request, WORDS[request.language].unreadable);
  }

  async function confirm(request: PageRequest): Promise<Page | { redirect: string }> {
    const { form, operator, address, language } = request;
    const by = { actor: operator.username, from: address };
    const { isReplaced } = await enrolment.confirm(form.get('offer') ?? '', by);
    return isReplaced ? show(request, WORDS[language].replaced) : { redirect: PATH };
  }

  return {
    name: 'enrolment',
    views: join(import.meta.dirname, 'views'),
    menu: { path: PATH, label: { zh: WORDS.zh.title, en: WORDS.en.title }, permission: 'service.manage' },
    pages: [
      { method: 'get', path: PATH, access: 'service.manage', handler: (request) => show(request) },
      { method: 'post', path: PATH, access: 'service.manage', handler: offer },
      { method: 'post', path: `${PATH}/confirm`, access: 'service.manage', handler: confirm },
      {
        method: 'post',
        path: `${PATH}/cancel`,
        access: 'service.manage',
        async handler() {
          enrolment.cancel();
          return { redirect: PATH };
        },
      },
    ],
  };
}
