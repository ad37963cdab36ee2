import type { InEachLanguage } from '@ticket-check/admin';

type Words = {
  title: string;
  intro: string;
  ticket: string;
  search: string;
  none: string;
  unread: string;
  columns: { time: string; gate: string; session: string; verdict: string; besides: string; action: string };
  undecided: string;
  notOpened: string;
  overriddenBy(operator: string): string;
  letInLater(operator: string): string;
  override: string;
  claim: string;
};

/** Texts of the page that looks up a ticket. */
export const WORDS: { readonly [language in keyof InEachLanguage]: Words } = {
  zh: {
    title: '查票',
    intro: '扫描或输入二维码、电子影票、电影票编码或记录编号，查看这张票在本终端的扫描情况。',
    ticket: '二维码、电影票编码或记录编号',
    search: '查询',
    none: '本终端没有扫描过这张票。其他检票口的情况请在平台控制台查询。',
    unread: '无法识别：二维码不完整，或不是由已知公钥的影院生成。请重新扫描，或输入电影票编码。',
    columns: { time: '扫描时间', gate: '检票口', session: '场次', verdict: '判定', besides: '备注', action: '操作' },
    undecided: '未完成',
    notOpened: '闸机未打开',
    overriddenBy: (operator) => `由 ${operator} 人工放行`,
    letInLater: (operator) => `后由 ${operator} 人工放行`,
    override: '人工放行',
    claim: '在平台查看并归还占票',
  },
  en: {
    title: 'Look up a ticket',
    intro:
      'Scan or enter a QR code, an e-ticket, a film ticket code or a RecordId to see how the ticket was scanned at this terminal.',
    ticket: 'QR code, film ticket code or RecordId',
    search: 'Search',
    none: 'This terminal has not scanned this ticket. Scans at other doors are on the console of the platform.',
    unread:
      'Not recognised: the code is incomplete, or no known key of its cinema opens it. Scan it again, or enter the film ticket code.',
    columns: {
      time: 'Scanned',
      gate: 'Gate',
      session: 'Session',
      verdict: 'Verdict',
      besides: 'Remarks',
      action: 'Action',
    },
    undecided: 'not decided',
    notOpened: 'the gate did not open',
    overriddenBy: (operator) => `let in by ${operator}`,
    letInLater: (operator) => `then let in by ${operator}`,
    override: 'Let in',
    claim: 'See and release the claim',
  },
};
