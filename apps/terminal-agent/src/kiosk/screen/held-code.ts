/** The code that the camera saw last, and what became of it. */
export type HeldCode = {
  readonly text: string;
  /** When it was last seen, in milliseconds of any one clock. */
  readonly seenAt: number;
  readonly isAdmitted: boolean;
};

/** What is out of the picture for so long was taken away. */
const TAKEN_AWAY_MS = 5000;

/**
 * Whether the camera still sees the code that it saw last: the same text, or, once that was admitted, the QR which took its place
 * on the page of the same e-ticket. One that was refused is not held: the renewed QR may be admitted. Reading C5.
 */
export function isStillHeld(last: HeldCode | null, text: string, at: number): boolean {
  if (last === null || at - last.seenAt >= TAKEN_AWAY_MS) return false;
  if (text === last.text) return true;
  const eTicket = eTicketIn(text);
  return last.isAdmitted && eTicket !== null && eTicket === eTicketIn(last.text);
}

/** Platform and ticket of an e-ticket, which its QRs have in common: what stands before its time. */
function eTicketIn(text: string): string | null {
  return /^https:\/\/[^/?#\s]+\/t\?c=[\w-]+(?=&t=\d+&)/.exec(text)?.[0] ?? null;
}
