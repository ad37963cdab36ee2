import { type CinemaCode, type ETicketText, ProtocolError, readETicket, readTicketCode } from '@ticket-check/protocol';
import { withoutScannerPrefix } from './joined-reads.ts';
import type { ScannerFault } from './scanner-faults.ts';

export type ScanReading =
  | { kind: 'code'; code: string; cinemaCode: CinemaCode }
  /** `cinemaCode`: of the ticket code in it. Nothing in it is proved yet. */
  | { kind: 'e-ticket'; eTicket: ETicketText; cinemaCode: CinemaCode }
  | { kind: 'unreadable'; fault: ScannerFault };

/** 8 clear characters and the Base64 of the smallest block, RSA-1024. Reading T1. */
const SHORTEST_CODE = 180;

/** Removes what scanners add to a text: line ends, surrounding white space, identifiers. Reading T8. */
function cleanScanText(raw: string): string {
  return withoutScannerPrefix(raw.replace(/^[\s\uFEFF]+/, '').replace(/[\s\0]+$/, ''));
}

function swapLetterCase(text: string): string {
  return text.replace(/[A-Za-z]/g, (letter) => (letter >= 'a' ? letter.toUpperCase() : letter.toLowerCase()));
}

/**
 * Parses raw scanner text: the ticket code or e-ticket in it, or the scanner problem that made it unreadable. Does not check
 * whether it is genuine. Scheme 5.1.2, 5.1.4; readings C5, T1, T8.
 */
export function readScanText(raw: string): ScanReading {
  const text = cleanScanText(raw);
  return codeIn(text) ?? eTicketIn(text) ?? { kind: 'unreadable', fault: faultOf(text) };
}

function codeIn(text: string): ScanReading | null {
  if (text.length < SHORTEST_CODE) return null;
  const cinemaCode = cinemaIn(text);
  return cinemaCode === null ? null : { kind: 'code', code: text, cinemaCode };
}

function eTicketIn(text: string): ScanReading | null {
  const eTicket = readETicket(text);
  // Text in only one case cannot be corrected.
  if (typeof eTicket === 'string' || !hasBothCases(text)) return null;
  const cinemaCode = cinemaIn(eTicket.code);
  return cinemaCode === null ? null : { kind: 'e-ticket', eTicket, cinemaCode };
}

function cinemaIn(text: string): CinemaCode | null {
  try {
    return readTicketCode(text).cinemaCode;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function faultOf(text: string): ScannerFault {
  if (text === '') return 'nothing-read';
  const [other = null] = OTHER_CODES.find(([, form]) => form.test(text)) ?? [];
  if (other !== null && other !== 'web-link') return other;
  if (NO_TEXT.test(text)) return 'line-noise';
  if (/[^\x20-\x7e]/.test(text)) return 'input-method';
  if (text.length >= SHORTEST_CODE && text.indexOf(text.slice(0, 8), SHORTEST_CODE) !== -1) return 'read-together';
  if (text.length > SHORTEST_CODE && CLOSED_AND_GOING_ON.test(text)) return 'read-together';
  return faultOfETicket(text) ?? other ?? faultOfCode(text);
}

/** Finds out how an e-ticket was damaged; null if the text does not begin like one. */
function faultOfETicket(text: string): ScannerFault | null {
  if (eTicketIn(swapLetterCase(text)) !== null) return 'caps-lock';
  if (SPOILT_LINK.test(text)) return 'keyboard-layout';
  if (!LIKE_AN_E_TICKET.test(text)) return null;
  return text.startsWith('HTTP') || !hasBothCases(text) ? 'caps-lock' : 'cut-short';
}

function faultOfCode(text: string): ScannerFault {
  if (codeIn(swapLetterCase(text)) !== null) return 'caps-lock';
  if (!/^[0-9A-Za-z]{8}/.test(text)) return 'not-a-ticket';
  if (text.length < SHORTEST_CODE) return text.length > 24 ? 'cut-short' : 'not-a-ticket';
  if (/[^0-9A-Za-z+/=]/.test(text)) return 'keyboard-layout';
  if (!hasBothCases(text)) return 'caps-lock';
  return 'cut-short';
}

/** Control characters, and the replacement for bytes that are not UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a wrong baud rate makes of letters
const NO_TEXT = /[\x00-\x08\x0e-\x1f\x7f\uFFFD]/;

/** Text after the padding of a code or the signature of an e-ticket: another read, or an addition of the scanner. */
const CLOSED_AND_GOING_ON = /^[0-9A-Za-z+/]+={1,2}[0-9A-Za-z]|&s=[\w-]{86}[\w:-]/;

/** The beginning of an e-ticket's URL, or the middle of one whose beginning was lost. */
const LIKE_AN_E_TICKET = /^https:\/\/[^/?#]+\/t\?c=|\/t\?c=[\w-]{24}|[\w-]{24}&t=\d{1,12}&k=/i;

/** A URL through another keyboard layout: the letters are right, colon and slashes are not. */
const SPOILT_LINK = /^https(?!:|\/\/)[^A-Za-z0-9].{24}/i;

function hasBothCases(text: string): boolean {
  return /[a-z]/.test(text) && /[A-Z]/.test(text);
}

/** Whether a text is the renewed QR of the same e-ticket as an earlier one. Reading C5. */
export function isRenewedETicket(earlier: string, text: string): boolean {
  const [before, after] = [readScanText(earlier), readScanText(text)];
  if (before.kind !== 'e-ticket' || after.kind !== 'e-ticket') return false;
  return before.eTicket.host === after.eTicket.host && before.eTicket.code === after.eTicket.code;
}

const ENROLMENT = /https:\/\/[^?#]+#enrol=/;

/** 100 random bits, in letters that Caps Lock does not change. */
const PASS_OUT = /passout(?:-[a-z2-9]{5}){4}/i;

export const passOutIn = (text: string): string | null => PASS_OUT.exec(text)?.[0].toLowerCase() ?? null;

export const isEnrolment = (text: string): boolean => ENROLMENT.test(text);

/** Forms of text that cannot be a ticket. */
const OTHER_CODES: readonly (readonly [ScannerFault, RegExp])[] = [
  // WeChat, Alipay and UnionPay show numbers of 16 to 24 digits that do not begin with 0.
  ['payment-code', /^[1-9]\d{15,23}$/],
  // Links of shops and people to whom one pays.
  ['payment-code', /^(?:wxp|weixin|alipays?|upwallet):\/\//i],
  [
    'payment-code',
    /^https?:\/\/(?:[a-z0-9-]+\.)*(?:qr\.alipay|render\.alipay|tenpay|payapp\.weixin\.qq|95516)\.com(?:[/:?#]|$)/i,
  ],
  // GS1 codes of goods: with group separators, or beginning with digits only, which Base64 hardly ever does.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the group separator
  ['product-code', /\x1d|^\d{16}/],
  // EAN-8, UPC-A, EAN-13 and GTIN-14, and a product's link by its GTIN (GB/T 33993-2024).
  ['product-code', /^(?:\d{8}|\d{12,14})$|^https?:\/\/[^?#]*\/01\/\d{14}(?:[/?#]|$)/i],
  ['e-ticket-page', /^https:\/\/[^/?#]+\/t\/[0-9A-Za-z_-]{16,}$/],
  ['enrolment', ENROLMENT],
  ['pass-out', PASS_OUT],
  ['web-link', /^(?:[a-z][a-z0-9+.-]*:\/\/|www\.)/i],
];
