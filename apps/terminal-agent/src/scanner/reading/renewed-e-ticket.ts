import { readScanText } from './scan-text.ts';

/** Whether two texts are QRs of one e-ticket, of which the later took the place of the other on its page. Reading C5. */
export function isRenewedETicket(earlier: string, text: string): boolean {
  const [before, after] = [readScanText(earlier), readScanText(text)];
  if (before.kind !== 'e-ticket' || after.kind !== 'e-ticket') return false;
  return before.eTicket.host === after.eTicket.host && before.eTicket.code === after.eTicket.code;
}
