export type HeldCode = {
  readonly text: string;
  /** When it was last seen, in milliseconds of any clock. */
  readonly seenAt: number;
  readonly isAdmitted: boolean;
};

/** A code that is out of the picture for this long was taken away. */
const TAKEN_AWAY_MS = 5000;
/** A QR is renewed in place, between two pictures. A later one may be a copy on another phone, which the agent has to judge. */
const RENEWED_WITHIN_MS = 1000;

/**
 * Whether the camera still sees the same code: the same text, or, after an admission, the renewed QR of the same e-ticket. After a
 * refusal a renewed QR is a new scan, since it may be admitted. Reading C5.
 */
export function isStillHeld(last: HeldCode | null, text: string, at: number): boolean {
  if (last === null) return false;
  const awayMs = at - last.seenAt;
  if (text === last.text) return awayMs < TAKEN_AWAY_MS;
  if (!last.isAdmitted || awayMs >= RENEWED_WITHIN_MS) return false;
  const eTicket = eTicketIn(text);
  return eTicket !== null && eTicket === eTicketIn(last.text);
}

/** The part of an e-ticket that all its QRs share: platform and ticket, before the time. */
function eTicketIn(text: string): string | null {
  return /^https:\/\/[^/?#\s]+\/t\?c=[\w-]+(?=&t=\d+&)/.exec(text)?.[0] ?? null;
}
