import { createHash } from 'node:crypto';
import type { RecordId, TicketClaim, TicketIdentity, WallClock } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import { storeFault } from '@ticket-check/storage';
import {
  type AdmissionPolicy,
  type FirstEntry,
  isConfirmed,
  isETicketOnly,
  isRefundStateKnown,
  judgeEntry,
  type UndoneEntries,
} from '../admission/rules.ts';
import type { KnownTicketChanges } from '../changes/follow-upstream.ts';
import { makeCheckRecord } from '../check-records/make-record.ts';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import type { Gate } from '../gate/gate.ts';
import { entryAt, identityOf, type Scan } from '../journal/scan.ts';
import { type AskUpstream, infoIn, remaining, type UpstreamAnswer } from '../upstream/ask-upstream.ts';
import type { ClaimAtGate, ScanClaim } from './claim-at-gate.ts';
import type { OpenGate } from './open-gate.ts';
import type { Genuine, ReadCode } from './read-code.ts';
import type { ScanResult } from './scan-result.ts';
import type { Admission, Beginning, Refusal, ScanStore } from './scan-store.ts';

export type CheckTicketParts = {
  clock: TerminalClock;
  newRecordId: () => RecordId;
  readCode: ReadCode;
  claim: ClaimAtGate;
  askUpstream: Pick<AskUpstream, 'isReachable' | 'state' | 'claim'>;
  lastContactSeconds: () => Promise<number | null>;
  /** Announced changes of tickets, for when the upstream does not answer. Reading X9. */
  knownChanges: KnownTicketChanges;
  scans: ScanStore;
  openGate: OpenGate;
  wakeForwarder: () => void;
  wakeReleases: () => void;
  wakeUndone: () => void;
  /** Called with a short reason when the store could not keep a scan. */
  onStoreFault: (fault: string) => void;
  /** The cinema's policy for a ticket. */
  policy: (ticket: TicketIdentity) => AdmissionPolicy;
  /** Total time for all calls of one scan to the upstream, in milliseconds. */
  budgetMs: number;
  logger: Logger;
};

/** Takes a scan from its raw text to its verdict, and opens the gate for ADMIT. Never rejects. */
export type CheckTicket = (text: string, gate: Gate) => Promise<ScanResult>;

/** A queued claim is usually released within this time. */
const RETRY_IN_SECONDS = 2;

const NOT_ASKED: ScanClaim = { answer: { kind: 'silent' }, mayBeClaimed: false };

/**
 * The steps of a scan: read, decrypt, rules, durable intent, upstream or policy, durable decision, gate, opened. This order
 * ensures that a crash at any point neither loses an admission nor locks the guest out at the same gate. The request to the
 * upstream is prepared while the intent is written. Scheme 5.1.1, 5.2.1; readings C1–C3, C8.
 */
export function createCheckTicket(parts: CheckTicketParts): CheckTicket {
  const { clock, scans, openGate, logger } = parts;

  async function check(text: string, gate: Gate, deadline: number): Promise<ScanResult> {
    const shown = await parts.readCode(text, gate.screens, deadline);
    const { recordId, clock: at, eTicket, genuine, refused, replaces } = shown;
    const scan: Scan = {
      recordId,
      gate: gate.name,
      scannedAt: at.at,
      clockCorrectionMs: at.correctionMs,
      clockTrusted: at.trusted && !at.stoodBack,
      textHash: createHash('sha256').update(text).digest('hex'),
      eTicket,
    };
    const result =
      refused === null
        ? await checkGenuine(scan, genuine, replaces, gate, deadline)
        : await keepRefused(scan, refused, genuine);
    return eTicket === null ? result : { ...result, eTicket };
  }

  async function checkGenuine(
    scan: Scan,
    ticket: Genuine,
    replaces: RecordId | undefined,
    gate: Gate,
    deadline: number,
  ): Promise<ScanResult> {
    const { fields } = ticket;
    // Decided once: a scan without a durable intent must not claim, even if the upstream comes back meanwhile.
    const mayClaim = parts.askUpstream.isReachable();
    const beginning = await scans.begin(scan, fields, { mayClaim, replaces });
    if (beginning.kind === 'entered') return answerEntered(scan, ticket, beginning.first, deadline);
    try {
      if (beginning.kind === 'left') return await letBackIn(beginning, ticket, gate, deadline);
      if (beginning.kind === 'unopened') {
        // A person with a copy of the code may not be the guest who was admitted with the e-ticket.
        const isOtherForm = scan.eTicket === null && beginning.scan.eTicket !== null;
        if (isOtherForm) return await keepRefused(scan, { verdict: 'ETICKET_ONLY', ticket: fields }, ticket);
        // C8: the admission is decided but may not have been let in.
        const { scan: earlier, answer } = beginning;
        const opened = await openGate(earlier.recordId, gate, { isMarked: false });
        const known = { recordId: earlier.recordId, ticket: fields };
        return { verdict: 'ADMIT', ...answer, opened, entry: entryAt(earlier), ...known };
      }
      const begun = { ...beginning, scan: { ...beginning.scan, eTicket: scan.eTicket } };
      return await decide(begun, mayClaim, ticket, gate, deadline);
    } finally {
      scans.end(beginning.scan.recordId);
    }
  }

  async function keepRefused(
    scan: Scan,
    result: ScanResult,
    genuine: Genuine | null,
    mayBeClaimed = false,
  ): Promise<ScanResult> {
    const refusal = refusalOf(scan, result, clock.now(), genuine);
    await scans.refuse(scan, result.ticket ?? null, refusal, { release: mayBeClaimed });
    if (mayBeClaimed) parts.wakeReleases();
    return { ...result, recordId: scan.recordId };
  }

  /** Judges a ticket by an answer of the upstream; `known`: what is known of it by then. */
  async function judge(
    { recordId }: Scan,
    { fields }: Genuine,
    answer: UpstreamAnswer,
    { first = null, undone }: { first?: FirstEntry | null; undone?: UndoneEntries },
  ) {
    // Loaded only if the answer leaves the refund state open.
    const told = isRefundStateKnown(answer) ? undefined : await parts.knownChanges.known(fields);
    const judgement = judgeEntry(recordId, first, answer, parts.policy(fields), undone, told);
    return { judgement, told, known: { recordId, ticket: fields, ...(await knownFrom(answer)) } };
  }

  /** Asks the upstream anyway: a ticket refunded since is refused for that reason (C1: validity before duplication). */
  async function answerEntered(scan: Scan, ticket: Genuine, first: FirstEntry, deadline: number): Promise<ScanResult> {
    const answer = await parts.askUpstream.state(ticket.fields, remaining(deadline));
    const { judgement, known } = await judge(scan, ticket, answer, { first });
    const refused =
      judgement.verdict === 'ADMIT' ? ({ verdict: 'ALREADY_ENTERED', firstEntry: first } as const) : judgement;
    return keepRefused(scan, { ...refused, ...known }, ticket);
  }

  /**
   * Claims once more for the entry that the guest left: it keeps everybody else out until the upstream has the new one, and a platform
   * answers that also while the national one is away. A refusal leaves it as it is. Reading R11.
   */
  async function letBackIn(
    { scan, left, wasConfirmed, undone }: Beginning & { kind: 'left' },
    ticket: Genuine,
    gate: Gate,
    deadline: number,
  ): Promise<ScanResult> {
    const { answer } = await parts.askUpstream.claim(claimOf(left, ticket), remaining(deadline));
    const { judgement, known } = await judge(scan, ticket, answer, { undone });
    if (judgement.verdict !== 'ADMIT') return keepRefused(scan, { ...judgement, ...known }, ticket);
    const confirmed = wasConfirmed && isConfirmed(left.recordId, answer, ticket.fields.startTime);
    const replaces = { entry: left.recordId, by: parts.newRecordId() };
    const admitted = await letIn({ scan, ticket, answer, known, confirmed, mayBeClaimed: false, replaces }, gate);
    if (admitted.verdict === 'ADMIT') parts.wakeUndone();
    return admitted;
  }

  async function decide(
    { scan, continued, undone, durable }: Beginning & { kind: 'intent' },
    mayClaim: boolean,
    ticket: Genuine,
    gate: Gate,
    deadline: number,
  ): Promise<ScanResult> {
    const { fields } = ticket;
    const asked = mayClaim ? await parts.claim(claimOf(scan, ticket), deadline, durable) : NOT_ASKED;
    const { answer, ownClaimStands = false } = asked;
    // Wait even if nobody could be asked.
    await durable;
    // The scan that left the intent open may have claimed.
    const mayBeClaimed = asked.mayBeClaimed || continued;
    const { judgement, told, known } = await judge(scan, ticket, answer, { undone });
    if (judgement.verdict !== 'ADMIT') {
      const isHeld = ownClaimStands && judgement.verdict === 'OFFLINE_REFUSED';
      const refused = { ...judgement, ...known, ...(isHeld && { retryInSeconds: RETRY_IN_SECONDS }) };
      return keepRefused(scan, refused, ticket, mayBeClaimed);
    }
    if (scan.eTicket === null) {
      const { liveETicket } = told ?? (await parts.knownChanges.known(fields));
      if (isETicketOnly(answer, liveETicket))
        return keepRefused(scan, { verdict: 'ETICKET_ONLY', ...known }, ticket, mayBeClaimed);
    }
    const confirmed = isConfirmed(scan.recordId, answer, fields.startTime);
    return letIn({ scan, ticket, answer, known, confirmed, mayBeClaimed }, gate);
  }

  async function letIn(
    {
      ticket,
      answer,
      known,
      confirmed,
      ...admitted
    }: Pick<Admission, 'scan' | 'mayBeClaimed' | 'replaces'> & {
      ticket: Genuine;
      answer: UpstreamAnswer;
      known: Awaited<ReturnType<typeof judge>>['known'];
      confirmed: boolean;
    },
    gate: Gate,
  ): Promise<ScanResult> {
    const { scan, mayBeClaimed } = admitted;
    const said = { confirmed, refundStateKnown: isRefundStateKnown(answer) };
    const admission = await scans.admit({
      ...admitted,
      record: makeCheckRecord(scan, ticket, infoIn(answer)),
      answer: { ...said, ...known },
      askLater: answer.kind === 'silent' || answer.ticket === null,
      decided: clock.read(),
      opensByAnswer: gate.opensByAnswer,
    });
    if (admission.kind === 'undone')
      return keepRefused(scan, { verdict: 'UNREADABLE', fault: 'pass-out', ...known }, null);
    if (admission.kind === 'entered') {
      if (mayBeClaimed) parts.wakeReleases();
      return { verdict: 'ALREADY_ENTERED', firstEntry: admission.first, ...known };
    }
    clock.notice({ at: scan.scannedAt, correctionMs: scan.clockCorrectionMs });
    parts.wakeForwarder();
    const opened = await openGate(scan.recordId, gate, { isMarked: gate.opensByAnswer });
    return { verdict: 'ADMIT', ...said, opened, entry: entryAt(scan), ...known };
  }

  async function knownFrom(answer: UpstreamAnswer): Promise<Pick<ScanResult, 'info' | 'silence'>> {
    if (answer.kind === 'silent') {
      const [lastContactSeconds, changesKnownAt] = await Promise.all([
        parts.lastContactSeconds(),
        parts.knownChanges.knownAt(),
      ]);
      return { silence: { lastContactSeconds, changesKnownAt } };
    }
    const info = infoIn(answer);
    return info === null ? {} : { info };
  }

  return async (text, gate) => {
    try {
      return await check(text, gate, performance.now() + parts.budgetMs);
    } catch (error) {
      // Whatever went wrong, nothing says that this guest may enter: the gate stays shut and staff are called.
      const fault = storeFault(error);
      logger.error({ err: error, gate: gate.name, fault }, 'failed to decide and store a scan');
      if (fault !== null) parts.onStoreFault(fault);
      return { verdict: 'STORE_UNAVAILABLE' };
    }
  };
}

function claimOf({ recordId, scannedAt, gate, eTicket }: Scan, { fields, code }: Genuine): TicketClaim {
  const shownAsETicket = eTicket !== null;
  return { ...identityOf(fields), ticketInfoCode: code, recordId, checkTime: scannedAt, gate, shownAsETicket };
}

/** The columns of a refused scan, and the record that a genuine ticket would have made. */
function refusalOf(scan: Scan, result: ScanResult, decidedAt: WallClock, genuine: Genuine | null): Refusal {
  const { verdict, silence, info = null } = result;
  const first = verdict === 'ALREADY_ENTERED' ? (result.firstEntry ?? null) : null;
  return {
    verdict,
    decidedAt,
    ...(silence && { changesKnownAt: silence.changesKnownAt }),
    ...(verdict === 'UNREADABLE' && { detail: result.fault }),
    ...('detail' in result && { detail: result.detail }),
    ...(verdict === 'OFFLINE_REFUSED' &&
      result.retryInSeconds && { detail: 'a claim of an earlier scan is waiting to be released' }),
    ...(genuine && { would: { record: makeCheckRecord(scan, genuine, info), first } }),
  };
}
