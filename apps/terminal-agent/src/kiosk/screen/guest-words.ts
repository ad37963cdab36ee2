import type { Verdict } from '@ticket-check/protocol/verdicts';

export type Words = { readonly zh: string; readonly en: string };

/**
 * How an answer looks from three metres: each look has its colour, shape, word and sound. `again` is not a refusal: the guest scans
 * again, or opens the e-ticket's page.
 */
export type Look = 'yes' | 'no' | 'staff' | 'again';

export const LOOK_WORDS: Readonly<Record<Look, Words>> = {
  yes: { zh: '请入场', en: 'Please enter' },
  no: { zh: '不能入场', en: 'No entry' },
  staff: { zh: '请找工作人员', en: 'Please call staff' },
  again: { zh: '请再扫一次', en: 'Please scan again' },
};

/**
 * What each verdict says to the guest. What may be the cinema's fault, such as a sale or a key that is not known here yet, never
 * looks like a refusal.
 */
export const GUEST_WORDS: Readonly<Record<Verdict, { readonly look: Look } & Words>> = {
  ADMIT: { look: 'yes', zh: '', en: '' },
  UNREADABLE: { look: 'again', zh: '没有读清二维码，请保持平稳', en: 'The code was not read. Hold it flat and still' },
  WRONG_CINEMA: { look: 'no', zh: '这张票是其他影院的', en: 'This ticket is for another cinema' },
  NOT_GENUINE: { look: 'no', zh: '这张票无效', en: 'This ticket is not valid' },
  KEYS_PENDING: { look: 'again', zh: '正在更新数据，请稍后再扫', en: 'We are updating. Please scan again in a moment' },
  KEYS_UNAVAILABLE: { look: 'staff', zh: '这台设备暂时无法检票', en: 'This gate cannot check tickets right now' },
  TOO_EARLY: { look: 'no', zh: '还没到入场时间', en: 'It is too early for this film' },
  EXPIRED: { look: 'no', zh: '本场入场时间已过', en: 'This film has been shown' },
  WRONG_SCREEN: { look: 'no', zh: '请到票面所示影厅入场', en: 'Your film is in another screen' },
  ETICKET_STALE: {
    look: 'again',
    zh: '请刷新电子影票后再扫，截图无效',
    en: 'Refresh your e-ticket. A picture of it does not work',
  },
  ETICKET_ONLY: {
    look: 'again',
    zh: '这张票有电子影票，请打开电子影票扫码',
    en: 'This ticket has an e-ticket. Open it and scan its code',
  },
  REFUNDED: { look: 'no', zh: '这张票已退票', en: 'This ticket was refunded' },
  ALREADY_ENTERED: { look: 'no', zh: '这张票已经入场', en: 'This ticket was already used' },
  NOT_SOLD: { look: 'staff', zh: '暂时查不到这张票', en: 'We cannot find this ticket yet' },
  OFFLINE_REFUSED: { look: 'staff', zh: '网络中断，暂时无法检票', en: 'No connection right now' },
  CLOCK_UNTRUSTED: { look: 'staff', zh: '这台设备暂时无法检票', en: 'This gate cannot check tickets right now' },
  STORE_UNAVAILABLE: { look: 'staff', zh: '这台设备暂时无法检票', en: 'This gate cannot check tickets right now' },
};

export const SCREEN_WORDS = {
  waiting: { zh: '请扫票', en: 'Scan your ticket' },
  waitingHow: { zh: '请将二维码对准扫码口', en: 'Hold the QR code to the scanner' },
  offlineHow: { zh: '网络中断，仍可正常检票', en: 'No connection. Tickets can still be checked' },
  offlineRefuses: { zh: '网络中断，入场请找工作人员', en: 'No connection. Please see staff to go in' },
  outOfOrder: { zh: '闸机故障', en: 'Gate out of order' },
  notSetUp: { zh: '终端尚未设置', en: 'Not set up yet' },
  notSetUpHow: {
    zh: '请管理员在平台“接入账号”页面生成二维码，在此扫描',
    en: 'Scan the QR code that the platform’s page Client accounts makes for this terminal',
  },
  enrolment: { zh: '请核对确认', en: 'Check and confirm' },
  enrolmentHow: { zh: '请工作人员在下方核对平台和账号', en: 'Staff: compare platform and account below' },
  look: { zh: '仅查看', en: 'Look only' },
  lookHow: { zh: '请扫要查看的票：不检票，不放行', en: 'Scan the ticket to look at: nobody is admitted' },
  lookAdmits: { zh: '可以入场，尚未检票', en: 'It can be admitted, and was not checked' },
  badge: { zh: '人工放行', en: 'Let a guest in' },
  lost: { zh: '检票暂停', en: 'Ticket check paused' },
  askStaff: { zh: '请找工作人员', en: 'Please call staff' },
  reading: { zh: '正在读取', en: 'Reading' },
  checking: { zh: '正在检票', en: 'Checking' },
  holdOn: { zh: '请稍候', en: 'One moment' },
  gateOpen: { zh: '闸机已打开，请通行', en: 'The gate is open' },
  gateShut: { zh: '票有效，但闸机没有打开', en: 'Your ticket is good, but the gate stayed shut' },
  noAnswer: { zh: '检票没有完成', en: 'The check did not finish' },
  inputMethod: {
    zh: '输入法已打开：请工作人员切换到英文输入后再扫',
    en: 'An input method is on: staff, please switch the keyboard to English',
  },
} as const satisfies Record<string, Words>;
