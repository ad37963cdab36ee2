import type * as z from 'zod';
import type { TicketIdentity } from '../codes.ts';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { ERROR_CODES } from '../errors.ts';
import type { PriceForm } from '../money.ts';
import { quoted } from '../reply-bounds.ts';
import type { WallClock } from '../time.ts';
import { ticketInfoCode } from './check-record.ts';
import * as wire from './elements.ts';
import { errorReplyJson, refuseWithout } from './error-reply.ts';
import { readEntry, readTicketInfoReply } from './read-ticket-info-reply.ts';
import type { RecordId } from './record-id.ts';
import { type KnownEntry, type TicketInfo, ticketInfoJson } from './ticket-info.ts';

/** What a ClaimTicket asks for: this ticket, for the entry that will be this check record. Reading C2. */
export type TicketClaim = TicketIdentity & {
  /** The ticket info code as scanned, which proves that the claimant has seen the ticket. */
  readonly ticketInfoCode: string;
  readonly recordId: RecordId;
  /** Fixed at the scan, as in the check record. Reading C7. */
  readonly checkTime: WallClock;
  readonly gate: string;
  /** The code came out of a verified e-ticket. A bare code of a ticket with a live one claims nothing. Reading C5. */
  readonly shownAsETicket?: boolean | undefined;
};

/** The claim that a ReleaseClaim releases. Reading C8. */
export type ClaimIdentity = TicketIdentity & { readonly recordId: RecordId };

export type ClaimRelease = ClaimIdentity & {
  /** The scan may have ended in an admission whose record was lost: later claims on the ticket learn of it. */
  readonly uncertain?: boolean | undefined;
};

/** What became of a ReleaseClaim. `entered`: its check record is here. `not-holder`: another account made the claim. */
export type ReleaseOutcome = 'released' | 'entered' | 'not-holder';

/** An entry, or a claim that may lead to one. */
export type ClaimEntry = KnownEntry & { readonly gate: string };

export type BlockingEntry = ClaimEntry & {
  /** The name of the terminal, for people; missing where it is not known. */
  readonly terminal?: string | undefined;
  /** It is a claim whose check record has not come: nobody is known to have gone in. */
  readonly unrecorded?: true | undefined;
  /** The page on which the platform's staff see that claim and release it. */
  readonly claimUrl?: string | undefined;
};

/** The answer to a ClaimTicket. Readings C2 and C3. */
export type ClaimReply = {
  /** true: nobody else gets true for this ticket while the claim holds. */
  readonly claimed: boolean;
  /** false: the platform above did not say in time whether the ticket was sold, refunded or used. */
  readonly stateKnown: boolean;
  /** What the platform above says of the ticket; null if the state is not known. */
  readonly ticket: TicketInfo | 'unknown-ticket' | null;
  /** Not claimed: the platform above does not say it now, but has said before that the ticket was refunded. Reading X9. */
  readonly refunded?: true | undefined;
  /** Not claimed: the first known entry under another RecordId, if the platform reports it. */
  readonly entry: BlockingEntry | null;
  /** Not claimed: this very claim was released before. */
  readonly released: boolean;
  /** A claim was released without knowing whether it had led to an admission: a new one excludes later entries, not that one. */
  readonly entryPossible: boolean;
  /** Another platform serves the cinema too, whose entries and claims this one does not know in time. */
  readonly sharedCinema: boolean;
  /** When the platform's data were last restored: a claim on a ticket admissible before excludes no earlier entries. Reading X4. */
  readonly restoredAt?: WallClock | undefined;
  /** The ticket has an e-ticket and was not picked up on paper, so that its bare code lets nobody in. Reading C5. */
  readonly eTicket?: 'live' | undefined;
};

const MAX_GATE_CHARACTERS = 64;

/** Cuts a reply's gate to the length of a request's: a long name is no reason to doubt the entry. */
const readGate = (value: unknown): string => [...wire.parseText(value)].slice(0, MAX_GATE_CHARACTERS).join('');

const identityElements = { ...wire.ticketElements, RecordId: wire.element(wire.readRecordId) };

/** Reads QueryData of ClaimTicket; a short FilmTicketCode is filled up. The code is still to be opened and compared. C2, T3 and X1. */
export const claimTicketQuery: z.ZodType<TicketClaim> = wire
  .message({
    ...identityElements,
    TicketInfoCode: ticketInfoCode,
    CheckTime: wire.time,
    Gate: wire.element(wire.bounded(MAX_GATE_CHARACTERS, wire.parseText)).default(''),
    ETicket: wire.truth.default(false),
  })
  .transform(({ eTicket, ...claim }) => ({ ...claim, shownAsETicket: eTicket }));

/** Reads QueryData of ReleaseClaim; Uncertain may be missing. Readings C8, T3 and X1. */
export const releaseClaimQuery: z.ZodType<ClaimRelease> = wire.message({
  ...identityElements,
  Uncertain: wire.truth.default(false),
});

const claimIdentityJson = (claim: ClaimIdentity) =>
  wire.elementsJson(claim, 'CinemaCode', 'FilmTicketCode', 'StartTime', 'RecordId');

export const releaseClaimQueryJson = (release: ClaimRelease) => ({
  ...claimIdentityJson(release),
  ...(release.uncertain === true ? { Uncertain: true } : {}),
});

export const claimTicketQueryJson = (claim: TicketClaim) => ({
  ...claimIdentityJson(claim),
  ...wire.elementsJson(claim, 'TicketInfoCode', 'CheckTime', 'Gate'),
  ...(claim.shownAsETicket === true ? { ETicket: true } : {}),
});

const ticketJson = (ticket: ClaimReply['ticket'], priceForm: PriceForm) => {
  if (ticket === null) return {};
  if (ticket === 'unknown-ticket') return errorReplyJson('TICKET_NOT_FOUND', 'No such ticket was sold.');
  return { Ticket: ticketInfoJson(ticket, priceForm) };
};

const entryJson = ({ unrecorded, ...entry }: BlockingEntry) => ({
  ...wire.elementsJson({ ...entry, gate: entry.gate || undefined }, 'CheckTime', 'RecordId', 'Gate'),
  ...{ Terminal: entry.terminal, Recorded: unrecorded && false, ClaimUrl: entry.claimUrl },
});

/** Writes ReplyData of ClaimTicket; what is undefined is no element. `Ticket` holds the elements of GetTicketInfo. C2, C3 and X1. */
export const claimTicketReplyJson = (reply: ClaimReply, priceForm: PriceForm = 'two-decimals') => ({
  ...wire.elementsJson(reply, 'Claimed', 'StateKnown', 'Refunded'),
  Entry: reply.entry === null ? undefined : entryJson(reply.entry),
  Released: reply.released || undefined,
  EntryPossible: reply.entryPossible || undefined,
  SharedCinema: reply.sharedCinema || undefined,
  ...wire.elementsJson(reply, 'RestoredAt', 'ETicket'),
  ...ticketJson(reply.ticket, priceForm),
});

export const releaseClaimReplyJson = (outcome: ReleaseOutcome) => ({
  ReleaseResult: outcome === 'released',
  ...(outcome === 'not-holder' && errorReplyJson('NOT_CLAIM_HOLDER', ERROR_CODES.NOT_CLAIM_HOLDER.what)),
});

const readTicket = (replyData: Record<string, unknown>, asked: TicketIdentity): ClaimReply['ticket'] => {
  if (replyData.ErrorCode === 'TICKET_NOT_FOUND') return 'unknown-ticket';
  return isJsonObject(replyData.Ticket) ? readTicketInfoReply(replyData.Ticket, asked) : null;
};

const MAX_URL_CHARACTERS = 512;

/** It becomes a link for staff. */
const readHttpsUrl = (value: unknown): string | undefined => {
  const url = typeof value === 'string' && value.length <= MAX_URL_CHARACTERS ? URL.parse(value) : null;
  return url?.protocol === 'https:' ? url.href : undefined;
};

const readBlockingEntry = (value: unknown): BlockingEntry => {
  const { Gate, Terminal, Recorded, ClaimUrl } = value as Record<string, unknown>;
  return {
    ...readEntry(value),
    gate: wire.lenient(Gate, readGate, ''),
    terminal: wire.lenient(Terminal, (text) => quoted(wire.parseFilledText(text)), undefined),
    unrecorded: Recorded === false || undefined,
    claimUrl: readHttpsUrl(ClaimUrl),
  };
};

/** Reads ReplyData of ClaimTicket; only a plain yes is a claim. Throws the peer's ErrorCode or UPSTREAM_UNAVAILABLE. C2, C3 and E12. */
export const readClaimTicketReply = (replyData: Record<string, unknown>, asked: TicketIdentity): ClaimReply => {
  refuseWithout('Claimed', 'ClaimTicket', replyData);
  const ticket = readTicket(replyData, asked);
  return {
    claimed: wire.isTrue(replyData.Claimed),
    stateKnown: wire.isTrue(replyData.StateKnown) && ticket !== null,
    ticket,
    entry: wire.lenient(replyData.Entry, readBlockingEntry, null),
    released: wire.isTrue(replyData.Released),
    entryPossible: wire.isTrue(replyData.EntryPossible),
    sharedCinema: wire.isTrue(replyData.SharedCinema),
    refunded: wire.isTrue(replyData.Refunded) || undefined,
    restoredAt: wire.lenient(replyData.RestoredAt, wire.readMoment, undefined),
    eTicket: replyData.ETicket === 'live' ? 'live' : undefined,
  };
};

/** Reads ReplyData of ReleaseClaim. Throws as `readClaimTicketReply` does. Reading C8. */
export const readReleaseClaimReply = (replyData: Record<string, unknown>): ReleaseOutcome => {
  refuseWithout('ReleaseResult', 'ReleaseClaim', replyData);
  if (wire.isTrue(replyData.ReleaseResult)) return 'released';
  return replyData.ErrorCode === 'NOT_CLAIM_HOLDER' ? 'not-holder' : 'entered';
};
