import { ProtocolError } from './errors.ts';

/** The closed list of what a scan can be answered, with the words for staff at the door. Scheme 5.1.1, 5.1.4, 5.2.1; reading C1. */
export const VERDICTS = {
  ADMIT: { en: 'Admit', zh: '请入场' },
  UNREADABLE: { en: 'The scanner did not read the code properly: scan again', zh: '扫码枪读取异常，请重新扫描' },
  WRONG_CINEMA: { en: 'This ticket is for another cinema', zh: '此票不属于本影院' },
  NOT_GENUINE: { en: 'This ticket is not genuine', zh: '此票为无效票' },
  KEYS_PENDING: { en: 'The keys are being fetched: scan again in a moment', zh: '正在更新公钥，请稍后重新扫描' },
  KEYS_UNAVAILABLE: {
    en: 'No key of this cinema has been received yet: call staff',
    zh: '尚未获取本影院公钥，请联系工作人员',
  },
  TOO_EARLY: { en: 'Too early for this session', zh: '未到入场时间' },
  EXPIRED: { en: 'This session is over', zh: '此票已过期' },
  WRONG_SCREEN: { en: 'This ticket is for another screen', zh: '影厅不符，请前往票面所示影厅' },
  ETICKET_STALE: { en: 'The e-ticket shown is out of date: refresh it', zh: '电子影票已超时，请刷新后重新出示' },
  ETICKET_ONLY: {
    en: 'This ticket is an e-ticket: show the code on its page, or pick it up on paper first',
    zh: '请出示电子影票页面上的二维码，或先取纸质票',
  },
  REFUNDED: { en: 'This ticket was refunded', zh: '此票已退票' },
  ALREADY_ENTERED: { en: 'This ticket was already used', zh: '此票已入场' },
  NOT_SOLD: { en: 'No sale of this ticket is known', zh: '未查询到此票的售出信息' },
  OFFLINE_REFUSED: {
    en: 'No connection, and offline admission is switched off: scan again once it is back',
    zh: '网络中断，且未启用离线检票，网络恢复后请重新扫描',
  },
  CLOCK_UNTRUSTED: { en: 'The clock of this terminal is wrong: call staff', zh: '终端时钟异常，请联系工作人员' },
  STORE_UNAVAILABLE: { en: 'The terminal cannot save records: call staff', zh: '终端存储异常，请联系工作人员' },
} as const satisfies Record<string, { en: string; zh: string }>;

export type Verdict = keyof typeof VERDICTS;

export type RefusalVerdict = Exclude<Verdict, 'ADMIT'>;

/** Reads a verdict that lets nobody in. Throws INVALID_VERDICT. */
export const parseRefusalVerdict = (text: string): RefusalVerdict => {
  if (text === 'ADMIT' || !Object.hasOwn(VERDICTS, text)) {
    throw new ProtocolError('INVALID_VERDICT', 'is not one of the verdicts that refuse a guest');
  }
  return text as RefusalVerdict;
};
