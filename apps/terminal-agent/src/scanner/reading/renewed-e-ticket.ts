import { readScanText } from './scan-text.ts';

/** Whether a text is the renewed QR of the same e-ticket as an earlier one. Reading C5. */
export function isRenewedETicket(earlier: string, text: string): boolean {
  const [before, after] = [readScanText(earlier), readScanText(text)];
  if (before.kind !== 'e-ticket' || after.kind !== 'e-ticket') return false;
  return before.eTicket.host === after.eTicket.host && before.eTicket.code === after.eTicket.code;
}
