import { createHash } from 'node:crypto';
import {
  type RecordId,
  type TicketClaim,
  type TicketCodeFields,
  type TicketIdentity,
  unixSecondsOf,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import { storeFault } from '@ticket-check/storage';
import {
  type AdmissionPolicy,
  type AdmissionWindow,
  type FirstEntry,
  isConfirmed,
  isETicketOnly,
  isRefundStateKnown,
  type Judgement,
  judgeEntry,
  judgeTicket,
  type UndoneEntries,
} from '../admission/rules.ts';
import type { KnownChanges, KnownTicketChanges } from '../changes/follow-upstream.ts';
import { makeCheckRecord } from '../check-records/make-record.ts';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import { E_TICKET_OBJECTIONS } from '../e-tickets/judge-e-ticket.ts';
import type { Gate } from '../gate/gate.ts';
import { entryAt, identityOf, type Scan, type ShownETicket } from '../journal/scan.ts';
import { passOutIn, readScanText, type ScanReading } from '../scanner/reading/scan-text.ts';
import { type AskUpstream, infoIn, remaining, type UpstreamAnswer } from '../upstream/ask-upstream.ts';
import { type ClaimAtGate, holderIn, type ScanClaim } from './claim-at-gate.ts';
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
  /** The entry of a guest who comes back with a pass-out, and its ticket; null if the pass-out does not count. */
  findPassOut: (code: string) => Promise<{ readonly entry: RecordId; readonly ticketInfoCode: string } | null>;
  openGate: OpenGate;
  wakeForwarder: () => void;
  wakeReleases: () => void;
  wakeUndone: () => void;
  /** Called with a short reason when the store could not keep a scan. */
  onStoreFault?: (fault: string) => void;
  window: AdmissionWindow;
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
    const passOut = passOutIn(text);
    const back = passOut === null ? null : await parts.findPassOut(passOut);
    const reading = readScanText(back?.ticketInfoCode ?? text);
    const { at: scannedAt, correctionMs: clockCorrectionMs, trusted, stoodBack } = clock.read();
    const eTicket = shownIn(reading, scannedAt);
    const scan: Scan = {
      recordId: parts.newRecordId(),
      gate: gate.name,
      scannedAt,
      clockCorrectionMs,
      clockTrusted: trusted && !stoodBack,
      textHash: createHash('sha256').update(text).digest('hex'),
      eTicket,
    };
    const result = await checkRead(scan, { reading, stoodBack, replaces: back?.entry }, gate, deadline);
    return eTicket === null ? result : { ...result, eTicket };
  }

  async function checkRead(
    scan: Scan,
    shown: { reading: ScanReading; stoodBack: boolean; replaces: RecordId | undefined },
    gate: Gate,
    deadline: number,
  ): Promise<ScanResult> {
    const { reading, stoodBack, replaces } = shown;
    const now = scan.scannedAt;
    const read = await parts.readCode(reading, { now, clockTrusted: scan.clockTrusted, deadline });
    if ('verdict' in read) return keepRefused(scan, read);
    const { fields, stale } = read;
    const circumstances = { now, clockTrusted: !stoodBack, window: parts.window, screens: gate.screens };
    const invalid = stale === undefined ? judgeTicket(fields, circumstances) : E_TICKET_OBJECTIONS[stale];
    if (invalid !== null) {
      const detail = stale && { detail: stale };
      return keepRefused(scan, { verdict: invalid, ticket: fields, ...detail }, read);
    }

    // Decided once: a scan without a durable intent must not claim, even if the upstream comes back meanwhile.
    const mayClaim = parts.askUpstream.isReachable();
    const beginning = await scans.begin(scan, fields, { mayClaim, replaces });
    if (beginning.kind === 'entered') return answerEntered(scan, read, beginning.first, deadline);
    try {
      if (beginning.kind === 'left') return await letBackIn(beginning, read, gate, deadline);
      if (beginning.kind === 'unopened') {
        // A person with a copy of the code may not be the guest who was admitted with the e-ticket.
        const isOtherForm = scan.eTicket === null && beginning.scan.eTicket !== null;
        if (isOtherForm) return await keepRefused(scan, { verdict: 'ETICKET_ONLY', ticket: fields }, read);
        // C8: the admission is decided but may not have been let in.
        const { scan: earlier, answer } = beginning;
        const opened = await openGate(earlier.recordId, gate, { isMarked: false });
        const known = { recordId: earlier.recordId, ticket: fields };
        return { verdict: 'ADMIT', ...answer, opened, entry: entryAt(earlier), ...known };
      }
      const begun = { ...beginning, scan: { ...beginning.scan, eTicket: scan.eTicket } };
      return await decide({ ...begun, mayClaim }, read, gate, deadline);
    } finally {
      scans.end(beginning.scan.recordId);
    }
  }

  async function keepRefused(scan: Scan, result: ScanResult, genuine?: Genuine): Promise<ScanResult> {
    const refusal = refusalOf(scan, result, clock.now(), genuine);
    await scans.refuse(scan, result.ticket ?? null, refusal, { release: false });
    return { ...result, recordId: scan.recordId };
  }

  /** Asks the upstream anyway: a ticket refunded since is refused for that reason (C1: validity before duplication). */
  async function answerEntered(scan: Scan, genuine: Genuine, first: FirstEntry, deadline: number): Promise<ScanResult> {
    const { fields } = genuine;
    const answer = await parts.askUpstream.state(fields, remaining(deadline));
    const told = await toldBefore(fields, answer);
    const judgement = judgeEntry(scan.recordId, first, answer, parts.policy(fields), undefined, told);
    const refused =
      judgement.verdict === 'ADMIT' ? ({ verdict: 'ALREADY_ENTERED', firstEntry: first } as const) : judgement;
    return keepRefused(scan, { ...refused, ticket: fields, ...(await knownFrom(answer)) }, genuine);
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
    const { fields } = ticket;
    const { answer } = await parts.askUpstream.claim(claimOf(left, ticket), remaining(deadline));
    const told = await toldBefore(fields, answer);
    const judgement = judgeEntry(scan.recordId, null, answer, parts.policy(fields), undone, told);
    const known = { recordId: scan.recordId, ticket: fields, ...(await knownFrom(answer)) };
    if (judgement.verdict !== 'ADMIT') return keepRefused(scan, { ...judgement, ...known }, ticket);
    const confirmed = wasConfirmed && isConfirmed(left.recordId, answer, fields.startTime);
    const replaces = { entry: left.recordId, by: parts.newRecordId() };
    const admitted = await letIn({ scan, ticket, answer, known, confirmed, mayBeClaimed: false, replaces }, gate);
    if (admitted.verdict === 'ADMIT') parts.wakeUndone();
    return admitted;
  }

  async function decide(
    {
      scan,
      continued,
      mayClaim,
      undone,
      durable,
    }: { scan: Scan; continued: boolean; mayClaim: boolean; undone: UndoneEntries; durable: Promise<void> },
    ticket: Genuine,
    gate: Gate,
    deadline: number,
  ): Promise<ScanResult> {
    const { recordId } = scan;
    const { fields } = ticket;
    const {
      answer,
      ownClaimStands = false,
      ...asked
    } = mayClaim ? await parts.claim(claimOf(scan, ticket), deadline, durable) : NOT_ASKED;
    // Wait even if nobody could be asked.
    await durable;
    // The scan that left the intent open may have claimed.
    const mayBeClaimed = asked.mayBeClaimed || continued;
    const judgement = await judgeShown(scan, fields, answer, undone);
    const known = { recordId, ticket: fields, ...(await knownFrom(answer)) };
    if (judgement.verdict !== 'ADMIT') {
      const { at: decidedAt } = clock.read();
      const holder = holderIn(answer);
      // C8: a scan of this gate that a crash cut off may hold the claim.
      const other = holder === null ? null : await scans.goOnAs(holder, scan, decidedAt);
      if (other !== null) return goOn({ ...other, eTicket: scan.eTicket }, undone, ticket, gate, deadline);
      const refusal = {
        ...refusalOf(scan, { ...judgement, ...known }, decidedAt, ticket),
        ...(ownClaimStands && { detail: 'a claim of an earlier scan is waiting to be released' }),
      };
      await scans.refuse(scan, fields, refusal, { release: mayBeClaimed });
      if (mayBeClaimed) parts.wakeReleases();
      if (!ownClaimStands || judgement.verdict !== 'OFFLINE_REFUSED') return { ...judgement, ...known };
      return { ...judgement, ...known, ownClaimStands: { retryInSeconds: RETRY_IN_SECONDS } };
    }
    const confirmed = isConfirmed(recordId, answer, fields.startTime);
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
      known: Pick<ScanResult, 'info' | 'silence'> & { recordId: RecordId; ticket: TicketCodeFields };
      confirmed: boolean;
    },
    gate: Gate,
  ): Promise<ScanResult> {
    const { scan, mayBeClaimed } = admitted;
    const { recordId } = scan;
    const said = { confirmed, refundStateKnown: isRefundStateKnown(answer) };
    const admission = await scans.admit({
      ...admitted,
      record: makeCheckRecord(scan, ticket, infoIn(answer)),
      answer: { ...said, ...known },
      askLater: answer.kind === 'silent' || answer.ticket === null,
      decided: clock.read(),
      opensByAnswer: gate.opensByAnswer,
    });
    if (admission.kind === 'undone') return keepRefused(scan, { verdict: 'UNREADABLE', fault: 'pass-out', ...known });
    if (admission.kind === 'entered') {
      if (mayBeClaimed) parts.wakeReleases();
      return { verdict: 'ALREADY_ENTERED', firstEntry: admission.first, ...known };
    }
    clock.notice({ at: scan.scannedAt, correctionMs: scan.clockCorrectionMs });
    parts.wakeForwarder();
    const opened = await openGate(recordId, gate, { isMarked: gate.opensByAnswer });
    return { verdict: 'ADMIT', ...said, opened, entry: entryAt(scan), ...known };
  }

  async function judgeShown(
    { recordId, eTicket }: Scan,
    fields: TicketCodeFields,
    answer: UpstreamAnswer,
    undone: UndoneEntries,
  ): Promise<Judgement | { verdict: 'ETICKET_ONLY' }> {
    const told = await toldBefore(fields, answer);
    const judgement = judgeEntry(recordId, null, answer, parts.policy(fields), undone, told);
    if (judgement.verdict !== 'ADMIT' || eTicket !== null) return judgement;
    const { liveETicket } = told ?? (await parts.knownChanges.known(fields));
    return isETicketOnly(answer, liveETicket) ? { verdict: 'ETICKET_ONLY' } : judgement;
  }

  async function goOn(
    scan: Scan,
    undone: UndoneEntries,
    ticket: Genuine,
    gate: Gate,
    deadline: number,
  ): Promise<ScanResult> {
    try {
      return await decide(
        { scan, continued: true, mayClaim: true, undone, durable: Promise.resolve() },
        ticket,
        gate,
        deadline,
      );
    } finally {
      scans.end(scan.recordId);
    }
  }

  /** Loaded only if the answer leaves the refund state open. */
  async function toldBefore(ticket: TicketIdentity, answer: UpstreamAnswer): Promise<KnownChanges | undefined> {
    return isRefundStateKnown(answer) ? undefined : parts.knownChanges.known(ticket);
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
      if (fault !== null) parts.onStoreFault?.(fault);
      return { verdict: 'STORE_UNAVAILABLE' };
    }
  };
}

function claimOf({ recordId, scannedAt, gate, eTicket }: Scan, { fields, code }: Genuine): TicketClaim {
  const shownAsETicket = eTicket !== null;
  return { ...identityOf(fields), ticketInfoCode: code, recordId, checkTime: scannedAt, gate, shownAsETicket };
}

/** The last second that can be written; later times are shown as this. */
const LAST_SECOND = 253_402_271_999;

function shownIn(reading: ScanReading, now: WallClock): ShownETicket | null {
  if (reading.kind !== 'e-ticket') return null;
  const { time } = reading.eTicket;
  return { time: wallClockAt(Math.min(time, LAST_SECOND) * 1000), ageSeconds: unixSecondsOf(now) - time };
}

/** The columns of a refused scan, and the record that a genuine ticket would have made. */
function refusalOf(scan: Scan, result: ScanResult, decidedAt: WallClock, genuine: Genuine | undefined): Refusal {
  const { verdict, silence, info = null } = result;
  const first = verdict === 'ALREADY_ENTERED' ? (result.firstEntry ?? null) : null;
  return {
    verdict,
    decidedAt,
    ...(silence && { changesKnownAt: silence.changesKnownAt }),
    ...(verdict === 'UNREADABLE' && { detail: result.fault }),
    ...('detail' in result && { detail: result.detail }),
    ...(genuine && { would: { record: makeCheckRecord(scan, genuine, info), first } }),
  };
}
