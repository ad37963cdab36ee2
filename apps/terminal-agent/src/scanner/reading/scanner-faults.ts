/** Known ways in which a scanner or its connection garbles a code, and other codes that people scan. Reading T8. */
export const SCANNER_FAULTS = {
  'nothing-read': {
    en: 'The scanner sent nothing. Scan again.',
    zh: '扫码枪未读到内容，请重新扫描。',
  },
  'caps-lock': {
    en: 'The letters of the code arrived in the wrong case: switch off Caps Lock on the scanner or keyboard and scan again.',
    zh: '二维码字母大小写错乱：请关闭扫码枪或键盘的大写锁定（Caps Lock）后重新扫描。',
  },
  'input-method': {
    en: 'An input method changed what the scanner typed: switch the keyboard to plain English and scan again.',
    zh: '扫描内容被输入法改动：请切换到英文输入后重新扫描。',
  },
  'line-noise': {
    en: 'Bytes arrived that are no text: check the baud rate that the scanner is set to, and its cable, and scan again.',
    zh: '收到的数据不是文本：请检查扫码枪的波特率设置和连接线，然后重新扫描。',
  },
  'read-together': {
    en: 'Two reads arrived as one: check that the scanner sends its suffix (Enter) and scan one ticket again.',
    zh: '两次扫描连在了一起：请检查扫码枪是否设置了后缀（回车），然后重新扫描一张票。',
  },
  'cut-short': {
    en: 'Only a part of a code arrived. Scan again, and hold the ticket still until the scanner beeps.',
    zh: '只读到二维码的一部分，请重新扫描，并保持票面稳定直至提示音响起。',
  },
  'keyboard-layout': {
    en: 'Characters arrived that no ticket code has: check the keyboard layout the scanner is set to (US English) and scan again.',
    zh: '出现了票码中不可能有的字符：请检查扫码枪的键盘布局设置（应为美式英语）后重新扫描。',
  },
  'payment-code': {
    en: 'This is a payment code. Show the QR code of the ticket.',
    zh: '这是付款码或收款码，请出示影票二维码。',
  },
  'product-code': {
    en: 'This is the code of a product. Scan the QR code of the ticket.',
    zh: '这是商品条码，请扫描影票二维码。',
  },
  'e-ticket-page': {
    en: 'This is the link to an e-ticket page: open it on the phone and show the QR code on that page.',
    zh: '这是电子影票的链接：请在手机上打开，并出示页面上的二维码。',
  },
  'e-ticket-elsewhere': {
    en: 'This is an e-ticket of another platform, which is not checked here. Show the ticket where it was bought.',
    zh: '这是其他平台的电子影票，本终端无法检验，请按购票平台的提示取票或入场。',
  },
  enrolment: {
    en: 'This is the code by which a terminal is enrolled at its platform, and no ticket.',
    zh: '这是终端注册码，不是影票。',
  },
  badge: {
    en: 'This is the badge of a supervisor, and no ticket: the screen at the gate says how it goes on.',
    zh: '这是值班经理的放行工牌，不是影票，请看检票口屏幕。',
  },
  'pass-out': {
    en: 'This pass-out does not count here, or was used. Scan it where it was given, or show the ticket.',
    zh: '离场凭证在此无效或已使用：请到出具凭证的检票口扫码，或出示影票。',
  },
  'looked-at': {
    en: 'The ticket was only looked at, as staff asked: nobody was admitted. Scan it again to check it.',
    zh: '按工作人员要求仅查看了这张票，没有检票。如需入场，请重新扫描。',
  },
  'web-link': {
    en: 'This is a web link and no ticket. Show the QR code of the ticket.',
    zh: '这是网页链接，不是影票，请出示影票二维码。',
  },
  'not-a-ticket': {
    en: 'What was scanned is not a ticket code. Scan the QR code printed on the ticket.',
    zh: '扫描的内容不是影票信息码，请扫描影票上的二维码。',
  },
} as const;

export type ScannerFault = keyof typeof SCANNER_FAULTS;
