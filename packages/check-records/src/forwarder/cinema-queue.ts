import type { Upstream } from '@ticket-check/exchange';
import { type CinemaCode, MAX_RECORDS, wallClockAt } from '@ticket-check/protocol';
import type { Logger } from 'pino';
import type { Completion } from '../completion.ts';
import type { Outbox, Refused, Waiting } from '../outbox.ts';
import { type Backoff, hold, NO_HOLD } from './backoff.ts';
import { bisect } from './bisection.ts';
import { classifyReply, type Fault, type ReplyClass } from './classify-reply.ts';
import { fit } from './fit.ts';
import { planBatch } from './plan.ts';
import { bytesOf, discoverExtensions, isExtended, send } from './send.ts';
import type { ForwarderSettings } from './settings.ts';

/** Why a queue stopped before it was empty. */
export type Blocked = {
  readonly fault: Fault;
  readonly concerns: 'upstream' | 'cinema';
  /** Whether the fault may lie in the records: `silence`, in their number or in one that the peer never gets done with. */
  readonly suspects: 'nothing' | 'records' | 'silence';
};

export type CinemaQueueOptions = {
  cinemaCode: CinemaCode;
  outbox: Outbox;
  /** The upstream that is set now; null while none is. */
  upstream(): Promise<Upstream | null>;
  completion: Completion | null;
  settings: ForwarderSettings;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Pick<Logger, 'warn'>;
  /** Told before the queue is read. */
  onLook(): void;
  /** Told that upstream answered, whatever it said. */
  onAnswered(): void;
  onDelivered(batch: readonly Waiting[], quarantined: number): void;
  isStopped(): boolean;
  /** Whether replies come too late to be noted: the store may be closed. */
  isAbandoned(): boolean;
};

/** One cinema's queue on its way upstream: one batch after the other, oldest first. Scheme 5.2.3, 5.2.7; readings R2, R4. */
export type CinemaQueue = {
  /**
   * Sends until nothing is left to send (null) or upstream takes nothing (why). `failures`: how often in a row the queue was
   * held before. Ends (null) after the batch under way where `signal` aborts.
   */
  run(failures: number, signal: AbortSignal): Promise<Blocked | null>;
};

/** From so many failures in a row on, a server error or a silence is taken for the work of one record. */
const PATIENCE = 3;

/** Beside so many of the next records one that fails alone is tried: those that pass show that the peer is up. */
const NEIGHBOURS = 8;

export function createCinemaQueue(options: CinemaQueueOptions): CinemaQueue {
  const { cinemaCode, outbox, completion, settings, now, logger } = options;
  let ceiling = MAX_RECORDS;
  let most = MAX_RECORDS;
  let failures = 0;
  let isEnding = () => false;
  let parkedPause: Backoff = NO_HOLD;

  async function nextBatch(upstream: Upstream, most: number): Promise<Waiting[]> {
    const { complete, incomplete } = await outbox.oldest(cinemaCode, most);
    if (completion === null || isExtended(upstream)) return planBatch(complete, incomplete, () => true, most);
    // After a hold, records whose time ran out without a line get it anew; others find out first whether there is one.
    const mayGiveUp = failures === 0 || complete.length === 0;
    return planBatch(complete, incomplete, (recordId) => mayGiveUp && completion.isGivenUp(recordId), most);
  }

  function fitting(upstream: Upstream, records: readonly Waiting[]): Waiting[] {
    return fit(records, (waiting) => bytesOf(upstream, waiting, settings.unknownTicketType));
  }

  async function report(upstream: Upstream, batch: readonly Waiting[]): Promise<ReplyClass> {
    const settlement = classifyReply(batch, await send(upstream, cinemaCode, batch, settings));
    if (options.isAbandoned())
      return { kind: 'hold', fault: STOPPED, concerns: 'cinema', halve: false, content: false };
    if (settlement.kind !== 'hold' || settlement.concerns === 'cinema') options.onAnswered();
    if (settlement.kind === 'accepted') {
      await outbox.confirm(batch, wallClockAt(now()));
      options.onDelivered(batch, settlement.quarantined);
      if (failures > 0) completion?.restart(cinemaCode);
      failures = 0;
      most = Math.min(ceiling, Math.ceil(most * 1.25));
    }
    if (settlement.kind === 'named') await park(settlement.refused);
    if (settlement.kind === 'too-large') ceiling = most = batch.length >> 1;
    if (settlement.kind === 'hold' && settlement.halve) most = Math.max(1, batch.length >> 1);
    return settlement;
  }

  async function park(refused: readonly Refused[]): Promise<void> {
    const at = now();
    await outbox.park(refused, wallClockAt(at), wallClockAt(at + settings.parkedRetryMs));
    for (const { record, errorCode, errorMessage } of refused) {
      logger.warn(
        { cinemaCode, recordId: record.recordId, errorCode, errorMessage },
        'upstream refused a check record',
      );
    }
  }

  /** Answers why nothing of the batch was taken, or null where there was some progress. */
  async function deliver(upstream: Upstream, batch: readonly Waiting[], wereParked = false): Promise<Blocked | null> {
    const settlement = await report(upstream, batch);
    if (settlement.kind !== 'refused' && settlement.kind !== 'hold') return null;
    if (settlement.kind === 'refused') {
      return batch.length > 1 ? search(upstream, batch, settlement.fault, false) : blockedBy(settlement);
    }
    if (!settlement.content || (failures < PATIENCE && !wereParked)) return blockedBy(settlement);
    // What meets silence comes down to one record first.
    if (batch.length > 1)
      return settlement.halve ? blockedBy(settlement) : search(upstream, batch, settlement.fault, true);
    if (wereParked) return blockedBy(settlement);
    const beside = fitting(upstream, await nextBatch(upstream, NEIGHBOURS));
    return beside.length > 1 ? search(upstream, beside, settlement.fault, true) : blockedBy(settlement);
  }

  /** Finds the records for which a batch was refused; with `content` a server error or a silence counts as a refusal. */
  async function search(
    upstream: Upstream,
    batch: readonly Waiting[],
    fault: Fault,
    content: boolean,
  ): Promise<Blocked | null> {
    const chance = failures > 0;
    const bisection = bisect(batch, () => !chance || Math.random() < 0.5);
    for (let part = bisection.next(); part !== null; part = bisection.next()) {
      if (isEnding()) return null;
      const settlement = await report(upstream, part);
      if (settlement.kind === 'named') return null;
      if (settlement.kind === 'hold' && !(content && settlement.content)) return blockedBy(settlement);
      const proven = bisection.answer(settlement.kind === 'accepted');
      if (settlement.kind !== 'accepted') await park(proven.map((waiting) => refusedFor(waiting, settlement.fault)));
    }
    return bisection.accepted ? null : { fault, concerns: 'cinema', suspects: 'records' };
  }

  /**
   * Parked records that fail again rest again, and hold up nobody. Those that meet silence come in smaller parts, each after
   * a pause and after what is new: a peer that answers nothing would be kept busy with them, and the queue with the peer.
   */
  async function retryParked(upstream: Upstream, parked: readonly Waiting[]): Promise<Blocked | null> {
    const held = await deliver(upstream, parked, true);
    if (held?.suspects === 'silence') parkedPause = hold(parkedPause, performance.now(), Math.random());
    else parkedPause = NO_HOLD;
    if (held === null || held.suspects === 'nothing') return held;
    if (held.suspects === 'silence' && parked.length > 1) return null;
    await park(parked.map((waiting) => refusedFor(waiting, held.fault)));
    return null;
  }

  async function nextParked(): Promise<Waiting[]> {
    return parkedPause.until > performance.now() ? [] : outbox.parkedDue(cinemaCode, wallClockAt(now()), most);
  }

  return {
    async run(failuresBefore, signal) {
      failures = failuresBefore;
      isEnding = () => signal.aborted || options.isStopped();
      for (;;) {
        const upstream = await options.upstream();
        if (upstream === null || isEnding()) return null;
        const unanswered = await discoverExtensions(upstream, cinemaCode, settings.timeoutMs);
        if (unanswered !== null) return { fault: unanswered, concerns: 'upstream', suspects: 'nothing' };
        options.onLook();
        const batch = fitting(upstream, await nextBatch(upstream, most));
        const parked = batch.length > 0 ? [] : fitting(upstream, await nextParked());
        if (batch.length === 0 && parked.length === 0) return null;
        const held = batch.length > 0 ? await deliver(upstream, batch) : await retryParked(upstream, parked);
        if (held !== null) return held;
      }
    },
  };
}

const STOPPED: Fault = { code: 'STOPPED', message: 'the forwarder was stopped' };

function blockedBy(settlement: Extract<ReplyClass, { kind: 'refused' | 'hold' }>): Blocked {
  const { fault } = settlement;
  if (settlement.kind === 'refused') return { fault, concerns: 'cinema', suspects: 'records' };
  const { concerns, halve, content } = settlement;
  return { fault, concerns, suspects: !content ? 'nothing' : halve ? 'silence' : 'records' };
}

function refusedFor(waiting: Waiting, { code, message }: Fault): Refused {
  return { ...waiting, errorCode: code, errorMessage: message };
}
