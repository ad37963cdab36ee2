// Scanners may announce the symbology (AIM identifier, `]Q1`) and the character set (ECI escape, `\000026` = UTF-8)
// before the data itself.
const SCANNER_PREFIX = /^(?:\][A-Za-z][0-9A-Za-z])?(?:\\[0-9]{6})*/;

export const withoutScannerPrefix = (text: string): string => text.replace(SCANNER_PREFIX, '');

/**
 * A complete code of a usual length: 8 characters and Base64 of an RSA-1024 or RSA-2048 block. The padding ends it: no part of
 * the longer one looks like the shorter, and nothing after it belongs to it. Reading T1.
 */
const WHOLE_CODE = /^[0-9A-Za-z]{8}(?:[0-9A-Za-z+/]{171}=|[0-9A-Za-z+/]{342}==)$/;

/** The end of an e-ticket: `&s=` and its signature. */
const SIGNED_LENGTH = '&s='.length + 86;

const BEGINNING = 8;

/** A complete e-ticket: its signature has a known length. Reading C5. */
const WHOLE_E_TICKET = /^https:\/\/[^/?#\s]+\/t\?c=[\w-]+&t=\d+&k=[\w-]{11}&s=[\w-]{86}$/;

const isWhole = (text: string): boolean => {
  const code = withoutScannerPrefix(text);
  return WHOLE_CODE.test(code) || WHOLE_E_TICKET.test(code);
};

/** Whether the text ends with a complete code or e-ticket. */
export function endsWhole(text: string): boolean {
  return (text.endsWith('=') || text.slice(-SIGNED_LENGTH).startsWith('&s=')) && isWhole(readsIn(text).at(-1) ?? '');
}

/** Where a read begins right after a complete one: at an e-ticket, or after one. */
const NEXT_BEGINS =
  /(?<=[0-9A-Za-z+/]={1,2})(?=(?:\][A-Za-z][0-9A-Za-z])?(?:\\[0-9]{6})*https:\/\/)|(?<=&s=[\w-]{86})(?=[\]\\]|https:\/\/|\d{8}[0-9A-Za-z+/]{16})/;

/**
 * Splits a text of several reads without a suffix between them. All tickets of a cinema begin alike, including prefixes of the
 * scanner, and so do all e-tickets; each repetition of that beginning starts another read. A code and an e-ticket are separated by
 * the end of the first. A text without any complete read is returned unchanged.
 */
export function readsIn(text: string): string[] {
  const parts = text.split(NEXT_BEGINS);
  const reads = parts.flatMap(readsAlike);
  return reads.length > 1 && reads.some(isWhole) ? reads : [text];
}

function readsAlike(text: string): string[] {
  const prefix = text.length - withoutScannerPrefix(text).length;
  const beginning = text.slice(0, prefix + BEGINNING);
  if (beginning.length < prefix + BEGINNING || text.indexOf(beginning, 1) === -1) return [text];
  const reads = text
    .split(beginning)
    .slice(1)
    .map((rest) => beginning + rest);
  return reads.some(isWhole) ? reads : [text];
}
