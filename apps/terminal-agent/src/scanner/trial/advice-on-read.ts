import type { Frame, ScannerSuffix } from '../reading/frame-parser.ts';
import { readScanText, type ScanReading } from '../reading/scan-text.ts';
import { SCANNER_FAULTS } from '../reading/scanner-faults.ts';
import { withoutScannerPrefix } from '../reading/scanner-prefix.ts';

const KEYS: Readonly<Record<ScannerSuffix, string>> = { enter: 'Enter (CR)', tab: 'Tab' };

const ENDS: Readonly<Record<Frame['endedBy'], string>> = {
  suffix: 'ended by its suffix',
  length: 'ended by its length',
  silence: 'ended by silence',
  end: 'ended by its report or connection',
};

/** Describes a read, and how to set the scanner if something is wrong with it. */
export function adviceOnRead(frame: Frame, suffix: ScannerSuffix): { found: string; todo: string[] } {
  const { text, length, endedBy } = frame;
  const reading = readScanText(text);
  const todo: string[] = [];
  if (length > Buffer.byteLength(text)) {
    todo.push(`${length} bytes without an end: this is no scanner, or it is broken.`);
  }
  if (reading.kind === 'unreadable') todo.push(SCANNER_FAULTS[reading.fault].en);
  todo.push(...suffixAdvice(frame, suffix));
  if (reading.kind !== 'unreadable' && withoutScannerPrefix(text) !== text) {
    todo.push('It puts an identifier of the symbology or character set before the code, which is removed.');
  }
  return { found: `${nameOf(reading)}, ${text.length} characters, ${ENDS[endedBy]}`, todo };
}

function nameOf(reading: ScanReading): string {
  switch (reading.kind) {
    case 'code':
      return `a ticket code of cinema ${reading.cinemaCode}`;
    case 'e-ticket':
      return `an e-ticket of ${reading.eTicket.host}, for cinema ${reading.cinemaCode}`;
    case 'unreadable':
      return 'no ticket code';
  }
}

function suffixAdvice({ text, endedBy }: Frame, suffix: ScannerSuffix): string[] {
  if (endedBy !== 'length' && endedBy !== 'silence') return [];
  const other = suffix === 'enter' ? 'tab' : 'enter';
  if (suffix === 'enter' ? text.endsWith('\t') : /[\r\n]$/.test(text)) {
    return [`It sends ${KEYS[other]} after a code: set it to ${KEYS[suffix]}, or SCANNER_SUFFIX to ${other}.`];
  }
  return [`No suffix came: set it to send ${KEYS[suffix]} after each code, so that a code ends at once.`];
}
