import type {
  ClaimEntry,
  ClaimRelease,
  ClaimReply,
  RecordId,
  Reversal,
  TicketClaim,
  TicketIdentity,
  TicketInfo,
  WireCheckRecord,
} from '@ticket-check/protocol';

/** The claims of a platform in memory. Readings C2 and C8. */
export class Claims {
  readonly standing = new Map<TicketKey, ClaimEntry>();
  readonly released = new Set<RecordId>();
  readonly recorded = new Map<RecordId, { key: TicketKey; entry: ClaimEntry }>();
  readonly uncertain = new Set<TicketKey>();
  readonly reversed = new Set<RecordId>();

  copy(): Claims {
    return Object.assign(new Claims(), structuredClone({ ...this }));
  }

  /** Claims a ticket with this information. `saying` goes into the reply whatever the outcome. */
  claim(asked: TicketClaim, info: TicketInfo | undefined, saying: Partial<ClaimReply>): ClaimReply {
    const key = ticketKey(asked);
    const reply: ClaimReply = {
      claimed: false,
      stateKnown: true,
      ticket: info ?? 'unknown-ticket',
      entry: null,
      released: false,
      entryPossible: this.uncertain.has(key),
      sharedCinema: false,
      ...saying,
    };
    if (reply.refunded === true || (reply.stateKnown && info?.refundStatus === 'Yes')) return reply;
    if (this.released.has(asked.recordId)) return { ...reply, released: true };
    if (reply.entry !== null) return reply;
    const first = this.standing.get(key);
    if (first !== undefined && first.recordId !== asked.recordId) {
      const unrecorded = this.recorded.has(first.recordId) ? {} : { unrecorded: true as const };
      return { ...reply, entry: { ...first, ...unrecorded } };
    }
    if (first === undefined && saying.eTicket === 'live' && asked.shownAsETicket !== true) return reply;
    const { recordId, checkTime, gate } = asked;
    this.standing.set(key, first ?? { recordId, checkTime, gate });
    return { ...reply, claimed: true };
  }

  /** Takes a claim back. */
  release({ recordId, uncertain, ...ticket }: ClaimRelease): void {
    const key = ticketKey(ticket);
    if (uncertain) this.uncertain.add(key);
    this.released.add(recordId);
    if (this.standing.get(key)?.recordId === recordId) this.standing.delete(key);
  }

  /** Nobody went in by a record, which may still come. */
  undone({ reverses, ...ticket }: Reversal): void {
    const key = ticketKey(ticket);
    this.released.add(reverses);
    this.reversed.add(reverses);
    if (this.standing.get(key)?.recordId !== reverses) return;
    this.standing.delete(key);
    // Another entry of the ticket holds it from now on.
    for (const { key: of, entry } of this.recorded.values())
      if (of === key && !this.reversed.has(entry.recordId)) this.standing.set(key, this.standing.get(key) ?? entry);
  }

  /** A reported entry claims its ticket. */
  entered(record: WireCheckRecord): void {
    const { recordId, checkTime } = record;
    const key = ticketKey(record);
    if (recordId === null) return;
    const entry = { recordId, checkTime, gate: '' };
    this.recorded.set(recordId, { key, entry });
    if (!this.reversed.has(recordId) && !this.standing.has(key)) this.standing.set(key, entry);
  }
}

/** Names a ticket. */
export type TicketKey = string;

export const ticketKey = ({ cinemaCode, filmTicketCode, startTime }: TicketIdentity): TicketKey =>
  [cinemaCode, filmTicketCode, startTime].join(' ');
