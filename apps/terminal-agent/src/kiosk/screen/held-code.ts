/** The code that the camera saw last, and what became of it. */
export type HeldCode = {
  readonly text: string;
  /** When it was last seen, in milliseconds of any one clock. */
  readonly seenAt: number;
  readonly isAdmitted: boolean;
};

/** What is out of the picture for so long was taken away. */
const TAKEN_AWAY_MS = 5000;
/** A QR is renewed in place, between two looks. What comes later may be a copy on another phone, and the agent has to judge it. */
const RENEWED_WITHIN_MS = 1000;

/**
 * Whether the camera still sees the code that it saw last: the same text, or, once that was admitted, the QR which took its place
 * on the page of the same e-ticket. One that was refused is not held: the renewed QR may be admitted. Reading C5.
 */
export function isStillHeld(last: HeldCode | null, text: string, at: number): boolean {
  if (last === null) return false;
  const awayMs = at - last.seenAt;
  if (text === last.text) return awayMs < TAKEN_AWAY_MS;
  if (!last.isAdmitted || awayMs >= RENEWED_WITHIN_MS) return false;
  const eTicket = eTicketIn(text);
  return eTicket !== null && eTicket === eTicketIn(last.text);
}

/** Platform and ticket of an e-ticket, which its QRs have in common: what stands before its time. */
function eTicketIn(text: string): string | null {
  return /^https:\/\/[^/?#\s]+\/t\?c=[\w-]+(?=&t=\d+&)/.exec(text)?.[0] ?? null;
}
