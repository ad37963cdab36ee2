import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Upstream } from '@ticket-check/exchange';
import { type CinemaCode, MAX_RECORDS, wallClockAt } from '@ticket-check/protocol';
import type { Logger } from 'pino';
import type { Completion } from '../completion/completion.ts';
import type { Oldest, Outbox, Refused, SendingTurn, Waiting } from '../outbox/outbox.ts';
import { bisect } from './bisection.ts';
import { classifyReply, type Fault, type ReplyClass } from './classify-reply.ts';
import { type Backoff, fit, hold, NO_HOLD, planBatch } from './plan.ts';
import { bytesOf, discoverExtensions, isExtended, send } from './send.ts';
import type { ForwarderSettings } from './settings.ts';

export type Blocked = {
  readonly fault: Fault;
  readonly concerns: 'upstream' | 'cinema';
  /** Whether the fault may lie in the records: `silence`, in their number or in one that the peer never gets done with. */
  readonly suspects: 'nothing' | 'records' | 'silence';
};

export type CinemaQueueOptions = {
  cinemaCode: CinemaCode;
  outbox: Outbox;
  upstream(): Promise<Upstream | null>;
  completion: Pick<Completion, 'isGivenUp' | 'restart'>;
  settings: ForwarderSettings;
  now: () => number;
  logger: Pick<Logger, 'warn'>;
  onLook(): void;
  /** Whether this process has queued something since the queue was read. */
  hasNews(): boolean;
  onAnswered(): void;
  onDelivered(batch: readonly Waiting[], quarantined: number): void;
  /** Whether replies come too late to be noted: the store may be closed. */
  isAbandoned(): boolean;
};

export type CinemaQueue = ReturnType<typeof createCinemaQueue>;

type Run = {
  readonly upstream: Upstream;
  readonly turn: SendingTurn;
  readonly isLast: (batch: readonly Waiting[]) => boolean;
};

/** Failures in a row after which one record is suspected of causing the server error or the silence. */
const PATIENCE = 3;

/** How many of the next records are tried beside a suspect: those that pass show that the peer is up. */
const NEIGHBOURS = 8;

/** One cinema's queue on its way upstream: one batch after the other, oldest first. Scheme 5.2.3, 5.2.7; readings R2, R4. */
export function createCinemaQueue(options: CinemaQueueOptions) {
  const { cinemaCode, outbox, completion, settings, now, logger } = options;
  let ceiling = MAX_RECORDS;
  let most = MAX_RECORDS;
  let failures = 0;
  let parkedPause: Backoff = NO_HOLD;

  function batchOf({ complete, incomplete }: Oldest, upstream: Upstream, most: number): Waiting[] {
    if (isExtended(upstream)) return planBatch(complete, incomplete, () => true, most);
    // After a hold, records whose time ran out while the line was down get it again; others first find out whether it is up.
    const mayGiveUp = failures === 0 || complete.length === 0;
    return planBatch(complete, incomplete, (recordId) => mayGiveUp && completion.isGivenUp(recordId), most);
  }

  function fitting(upstream: Upstream, records: readonly Waiting[]): Waiting[] {
    return fit(records, (waiting) => bytesOf(upstream, waiting, settings.unknownTicketType));
  }

  async function report({ upstream, turn, isLast }: Run, batch: readonly Waiting[]): Promise<ReplyClass> {
    const sentAt = wallClockAt(now());
    const answer = classifyReply(batch, await send(upstream, cinemaCode, batch, settings));
    if (options.isAbandoned())
      return { kind: 'hold', fault: STOPPED, concerns: 'cinema', halve: false, content: false };
    if (answer.kind !== 'hold' || answer.concerns === 'cinema') options.onAnswered();
    if (answer.kind === 'accepted') {
      await outbox.confirm(batch, wallClockAt(now()), sentAt, isLast(batch) ? turn : undefined);
      options.onDelivered(batch, answer.quarantined);
      if (failures > 0) completion.restart(cinemaCode);
      failures = 0;
      most = Math.min(ceiling, Math.ceil(most * 1.25));
    }
    if (answer.kind === 'named') await park(answer.refused);
    if (answer.kind === 'too-large') ceiling = most = batch.length >> 1;
    if (answer.kind === 'hold' && answer.halve) most = Math.max(1, batch.length >> 1);
    return answer;
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

  /** Answers why nothing of the batch was taken, or null if there was some progress. */
  async function deliver(run: Run, batch: readonly Waiting[], wereParked = false): Promise<Blocked | null> {
    const answer = await report(run, batch);
    if (answer.kind !== 'refused' && answer.kind !== 'hold') return null;
    if (answer.kind === 'refused') {
      return batch.length > 1 ? search(run, batch, answer.fault, false) : blockedBy(answer);
    }
    if (!answer.content || (failures < PATIENCE && !wereParked)) return blockedBy(answer);
    // What meets silence comes down to one record first.
    if (batch.length > 1) return answer.halve ? blockedBy(answer) : search(run, batch, answer.fault, true);
    if (wereParked) return blockedBy(answer);
    const next = await outbox.oldest(cinemaCode, NEIGHBOURS);
    const beside = fitting(run.upstream, batchOf(next, run.upstream, NEIGHBOURS));
    return beside.length > 1 ? search(run, beside, answer.fault, true) : blockedBy(answer);
  }

  /** Finds the records for which a batch was refused; with `content` a server error or a silence counts as a refusal. */
  async function search(run: Run, batch: readonly Waiting[], fault: Fault, content: boolean): Promise<Blocked | null> {
    const chance = failures > 0;
    const bisection = bisect(batch, () => !chance || Math.random() < 0.5);
    for (let part = bisection.next(); part !== null; part = bisection.next()) {
      if (run.turn.signal.aborted) return null;
      const answer = await report({ ...run, isLast: () => false }, part);
      if (answer.kind === 'named') return null;
      if (answer.kind === 'hold' && !(content && answer.content)) return blockedBy(answer);
      const proven = bisection.answer(answer.kind === 'accepted');
      if (answer.kind !== 'accepted') await park(proven.map((waiting) => refusedFor(waiting, answer.fault)));
    }
    return bisection.accepted ? null : { fault, concerns: 'cinema', suspects: 'records' };
  }

  /** Parked records that fail again rest again. Those that meet silence come in smaller parts, after a pause and what is new. */
  async function retryParked(run: Run, parked: readonly Waiting[]): Promise<Blocked | null> {
    const blocked = await deliver(run, parked, true);
    if (blocked?.suspects === 'silence')
      parkedPause = hold(parkedPause, settings.firstHoldMs, performance.now(), Math.random());
    else parkedPause = NO_HOLD;
    if (blocked === null || blocked.suspects === 'nothing') return blocked;
    if (blocked.suspects === 'silence' && parked.length > 1) return null;
    await park(parked.map((waiting) => refusedFor(waiting, blocked.fault)));
    return null;
  }

  async function nextParked(): Promise<Waiting[]> {
    return parkedPause.until > performance.now() ? [] : outbox.parkedDue(cinemaCode, wallClockAt(now()), most);
  }

  return {
    /** How many records of each kind it takes with its next batch. */
    most: () => most,
    /**
     * Sends until nothing is left (null) or upstream takes nothing (why). `failuresBefore`: how often in a row it was blocked
     * before. Ends (null) after the batch under way where the turn's `signal` aborts.
     */
    async run(failuresBefore: number, turn: SendingTurn): Promise<Blocked | null> {
      failures = failuresBefore;
      for (let read: Oldest | null = turn.first; ; read = null) {
        const upstream = await options.upstream();
        if (upstream === null || turn.signal.aborted) return null;
        const unanswered = await discoverExtensions(upstream, cinemaCode, settings.timeoutMs);
        if (unanswered !== null) return { fault: unanswered, concerns: 'upstream', suspects: 'nothing' };
        if (read === null) options.onLook();
        const oldest: Oldest = read ?? (await outbox.oldest(cinemaCode, most));
        const waiting = batchOf(oldest, upstream, most);
        // A thousand records take some milliseconds at each step, between which others have their turn.
        await nextTurn();
        const batch = fitting(upstream, waiting);
        await nextTurn();
        const parked = batch.length > 0 ? [] : fitting(upstream, await nextParked());
        if (batch.length === 0 && parked.length === 0) return null;
        const left = oldest.complete.length + oldest.incomplete.length - batch.length;
        const isFull = Math.max(oldest.complete.length, oldest.incomplete.length) >= most;
        let hasEnded = false;
        const isLast = (sent: readonly Waiting[]) => {
          hasEnded = sent === batch && left === 0 && !isFull && !options.hasNews();
          return hasEnded;
        };
        const run = { upstream, turn, isLast };
        const blocked = batch.length > 0 ? await deliver(run, batch) : await retryParked(run, parked);
        if (blocked !== null || hasEnded) return blocked;
      }
    },
  };
}

const STOPPED: Fault = { code: 'STOPPED', message: 'the forwarder was stopped' };

function blockedBy(answer: Extract<ReplyClass, { kind: 'refused' | 'hold' }>): Blocked {
  const { fault } = answer;
  if (answer.kind === 'refused') return { fault, concerns: 'cinema', suspects: 'records' };
  const { concerns, halve, content } = answer;
  return { fault, concerns, suspects: !content ? 'nothing' : halve ? 'silence' : 'records' };
}

function refusedFor(waiting: Waiting, { code, message }: Fault): Refused {
  return { ...waiting, errorCode: code, errorMessage: message };
}
