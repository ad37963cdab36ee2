// Scanners may announce the symbology (AIM identifier, `]Q1`) and the character set (ECI escape, `\000026` = UTF-8)
// before the data itself.
const SCANNER_PREFIX = /^(?:\][A-Za-z][0-9A-Za-z])?(?:\\[0-9]{6})*/;

/** Removes the identifiers that a scanner may put before a text. */
export const withoutScannerPrefix = (text: string): string => text.replace(SCANNER_PREFIX, '');
