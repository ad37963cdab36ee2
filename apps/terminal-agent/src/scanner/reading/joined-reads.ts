import { withoutScannerPrefix } from './scanner-prefix.ts';

/**
 * A whole code of a usual length: 8 characters and Base64 of an RSA-1024 or RSA-2048 block. The padding closes it: no part of
 * the longer one looks like the shorter, and nothing that follows belongs to it. Reading T1.
 */
const WHOLE_CODE = /^[0-9A-Za-z]{8}(?:[0-9A-Za-z+/]{171}=|[0-9A-Za-z+/]{342}==)$/;

/** The characters of a cinema code. */
const BEGINNING = 8;

const isWholeCode = (text: string): boolean => WHOLE_CODE.test(withoutScannerPrefix(text));

/** Whether the last that came is a whole code, so that nothing of it is missing. */
export function endsInCode(text: string): boolean {
  return text.endsWith('=') && isWholeCode(readsIn(text).at(-1) ?? '');
}

/**
 * What was read, one after the other, where several reads came without a suffix between them. All tickets of a cinema begin
 * alike, prefixes of the scanner included; where that beginning comes again, another read begins. A text in which no whole code
 * is found that way is left as it is.
 */
export function readsIn(text: string): string[] {
  const prefix = text.length - withoutScannerPrefix(text).length;
  const beginning = text.slice(0, prefix + BEGINNING);
  if (beginning.length < prefix + BEGINNING || text.indexOf(beginning, 1) === -1) return [text];
  const reads = text
    .split(beginning)
    .slice(1)
    .map((rest) => beginning + rest);
  return reads.some(isWholeCode) ? reads : [text];
}
