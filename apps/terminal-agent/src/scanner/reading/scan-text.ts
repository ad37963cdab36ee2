import { type CinemaCode, ProtocolError, readTicketCode } from '@ticket-check/protocol';
import { withoutScannerPrefix } from './scanner-prefix.ts';

/** The ways in which a scanner, or what stands between it and us, is known to spoil a code. Reading T8. */
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
  'not-a-ticket': {
    en: 'What was scanned is not a ticket code. Scan the QR code printed on the ticket.',
    zh: '扫描的内容不是影票信息码，请扫描影票上的二维码。',
  },
} as const;

export type ScannerFault = keyof typeof SCANNER_FAULTS;

/** A text in the form of a ticket code, or the reason why it cannot be one. */
export type ScanReading =
  | { kind: 'code'; code: string; cinemaCode: CinemaCode }
  | { kind: 'unreadable'; fault: ScannerFault };

/** 8 clear characters and the Base64 of the smallest block, RSA-1024. Reading T1. */
const SHORTEST_CODE = 180;

/** The scanned text without what scanners put around it: line ends, surrounding white space, identifiers. Reading T8. */
function cleanScanText(raw: string): string {
  return withoutScannerPrefix(raw.replace(/^[\s\uFEFF]+/, '').replace(/[\s\0]+$/, ''));
}

/** The same text with the case of every letter turned round, as Caps Lock does to a scanner that types. */
function swapLetterCase(text: string): string {
  return text.replace(/[A-Za-z]/g, (letter) => (letter >= 'a' ? letter.toUpperCase() : letter.toLowerCase()));
}

/**
 * Reads raw scanner text: the ticket code in it, ready to be decoded, or the scanner problem that made it unreadable.
 * Says nothing about whether the code is genuine. Scheme 5.1.2; readings T1, T8.
 */
export function readScanText(raw: string): ScanReading {
  const text = cleanScanText(raw);
  return codeIn(text) ?? { kind: 'unreadable', fault: faultOf(text) };
}

function codeIn(text: string): ScanReading | null {
  if (text.length < SHORTEST_CODE) return null;
  try {
    return { kind: 'code', code: text, cinemaCode: readTicketCode(text).cinemaCode };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function faultOf(text: string): ScannerFault {
  if (text === '') return 'nothing-read';
  if (isProductCode(text)) return 'not-a-ticket';
  if (NO_TEXT.test(text)) return 'line-noise';
  if (/[^\x20-\x7e]/.test(text)) return 'input-method';
  if (text.length >= SHORTEST_CODE && text.indexOf(text.slice(0, 8), SHORTEST_CODE) !== -1) return 'read-together';
  if (text.length > SHORTEST_CODE && CLOSED_AND_GOING_ON.test(text)) return 'read-together';
  if (codeIn(swapLetterCase(text)) !== null) return 'caps-lock';
  if (/^[A-Za-z]+:\/\//.test(text) || !/^[0-9A-Za-z]{8}/.test(text)) return 'not-a-ticket';
  if (text.length < SHORTEST_CODE) return text.length > 24 ? 'cut-short' : 'not-a-ticket';
  if (/[^0-9A-Za-z+/=]/.test(text)) return 'keyboard-layout';
  if (!hasBothCases(text)) return 'caps-lock';
  return 'cut-short';
}

/** Control characters, and what stands for bytes that are not UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a wrong baud rate makes of letters
const NO_TEXT = /[\x00-\x08\x0e-\x1f\x7f\uFFFD]/;

/** A code ends in its padding; what follows is another read, or something that the scanner was set to add. */
const CLOSED_AND_GOING_ON = /^[0-9A-Za-z+/]+={1,2}[0-9A-Za-z]/;

/** GS1, as on goods: elements that a group separator ends, or a beginning of digits alone, which Base64 hardly ever has. */
function isProductCode(text: string): boolean {
  return text.includes('\x1d') || /^\d{16}/.test(text);
}

function hasBothCases(text: string): boolean {
  return /[a-z]/.test(text) && /[A-Z]/.test(text);
}
