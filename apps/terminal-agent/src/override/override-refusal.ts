import type { By } from '@ticket-check/admin';
import { createRecordStore } from '@ticket-check/check-records';
import { type CheckRecord, elementsJson, type RecordId } from '@ticket-check/protocol';
import type { Problem, Service } from '@ticket-check/runtime';
import { isUpstreamUnasked, judgeOverride, type OverrideObjection } from '../admission/rules.ts';
import { insertingRecord } from '../check-records/make-record.ts';
import type { ClockReading } from '../clock/terminal-clock.ts';
import type { Core } from '../core.ts';
import type { Gates } from '../gate/gate.ts';
import { findRefusal, type Refusal } from '../journal/refusals.ts';
import { deciding, entering } from '../journal/scan.ts';
import { queueingRecheck } from '../recheck/recheck.ts';
import type { OpenGate } from '../scan/open-gate.ts';
import type { TerminalStore } from '../tables.ts';

/** Why a refusal cannot be overridden, for screens and commands. */
export const OBJECTIONS: Readonly<Record<OverrideObjection, Problem>> = {
  unknown: { status: 404, zh: '本终端没有这次拒绝。', en: 'This terminal has no such refusal.' },
  'no-record': {
    status: 409,
    zh: '这次扫码没有得到可用的影票数据，无法产生检票记录，不能人工放行。请重新扫码或改用票面信息核对。',
    en: 'This scan found no ticket that a check record could be made of, so it cannot be let in. Scan again, or go by what the ticket says.',
  },
  'not-today': {
    status: 409,
    zh: '这次拒绝不是今天（06:00 起算）的，不能再放行。请重新扫码。',
    en: 'This refusal is not of today (which begins at 06:00), and is too old. Scan the ticket again.',
  },
  overridden: {
    status: 409,
    zh: '这次拒绝已经放行过，不能放行第二次。',
    en: 'This refusal was already overridden and cannot be overridden again.',
  },
  'entered-since': {
    status: 409,
    zh: '这张票在此之后已经入场。如仍有观众持此票，请重新扫码后再决定。',
    en: 'The ticket was admitted in the meantime. If a guest still has it, scan it again and decide then.',
  },
  clock: {
    status: 409,
    zh: '终端时钟异常，检票时间无法确定。请先校正时钟。',
    en: 'The clock of this terminal is wrong, so the time of the check is not known. Correct the clock first.',
  },
};

export type Overridden = { readonly refusal: Refusal; readonly record: CheckRecord };

/** Finds a refusal that may be overridden, or says why it may not. */
export async function refusalToOverride(
  { db }: Pick<TerminalStore, 'db'>,
  recordId: string,
  at: ClockReading,
): Promise<Refusal | OverrideObjection> {
  const refusal = await findRefusal(db, recordId);
  return typeof refusal === 'string' ? refusal : (judgeOverride(refusal, at) ?? refusal);
}

/**
 * Admits the guest of a refused scan, in an open transaction: writes an admitted scan with its check record and outbox row, the
 * operator and the reason. An existing entry of the ticket stays its entry, and this admission becomes a double. The upstream is not
 * asked, so the admission is not confirmed. Run as an operation. Scheme 5.3.2.3; reading R10.
 */
export async function overrideRefusal(
  store: TerminalStore,
  recordId: string,
  by: {
    readonly recordId: RecordId;
    readonly at: ClockReading;
    readonly operator: string;
    readonly reason: string;
    /** Whether nothing has to open at a gate: the admission then counts as opened in the same commit. */
    readonly opensByAnswer: (gate: string) => boolean;
  },
): Promise<Overridden | OverrideObjection> {
  const { db } = store;
  const { recordId: ownId, operator, reason } = by;
  const { at, epochMs: decidedAtMs, correctionMs: clockCorrectionMs, trusted: clockTrusted } = by.at;
  const refusal = await refusalToOverride(store, recordId, by.at);
  if (typeof refusal === 'string') return refusal;
  const { gate, textHash, eTicket, verdict } = refusal;
  const record: CheckRecord = { ...refusal.record, recordId: ownId, checkTime: at, overriddenVerdict: verdict };
  const entered = await entering(db, record)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  const scan = { recordId: ownId, gate, textHash, eTicket, scannedAt: at, clockCorrectionMs, clockTrusted };
  const openedAt = by.opensByAnswer(gate) ? { openedAt: at } : {};
  const decision = { verdict: 'ADMIT', confirmed: 0, upstreamSilent: 0, decidedAt: at, ...openedAt } as const;
  await deciding(db, scan, record, decision).execute();
  // A recheck looks for another entry, which is already known if this is not the first.
  const isFirst = entered.numInsertedOrUpdatedRows === 1n;
  if (isFirst && isUpstreamUnasked(verdict)) await queueingRecheck(db, ownId, at).execute();
  const decided = { gate, offline: false, decidedAtMs };
  for (const statement of insertingRecord(createRecordStore(store), record, decided)) await db.executeQuery(statement);
  await db
    .insertInto('override')
    .values({ recordId: ownId, overrides: recordId, verdict, reason, operator, overriddenAt: at })
    .execute();
  return { refusal, record };
}

export const refusalJson = ({ record, ...refusal }: Refusal) => ({
  ...elementsJson(refusal, 'RecordId', 'Verdict'),
  ...elementsJson(record, 'CinemaCode', 'FilmTicketCode', 'StartTime'),
  ...elementsJson(refusal, 'ScannedAt', 'Gate'),
});

export function overriddenJson({ refusal, record }: Overridden) {
  return { RecordId: record.recordId, Overrides: refusal.recordId, CheckTime: record.checkTime, Gate: refusal.gate };
}

export type AdmitAnyway = ReturnType<typeof createAdmitAnyway>;

/**
 * Admits guests whom a scan refused, at the gate of that scan. The gate opens after the commit, as for a scan. If a crash comes in
 * between, no scan opens it (reading R10): the list of refusals says that it is not known to have opened.
 */
export function createAdmitAnyway(
  { logger }: Pick<Service, 'logger'>,
  parts: Core & {
    newRecordId: () => RecordId;
    gates: Gates;
    openGate: OpenGate;
    wakeForwarder: () => void;
  },
) {
  const { store, clock, newRecordId, openGate } = parts;
  const gateNamed = (wanted: string) => parts.gates.all.find(({ name }) => name === wanted);

  return {
    find: (recordId: string): Promise<Refusal | OverrideObjection> => refusalToOverride(store, recordId, clock.read()),
    reading: clock.read,
    newRecordId,
    opensByAnswer: (name: string) => gateNamed(name)?.opensByAnswer ?? false,

    /**
     * Opens the gate for an admission that is durable, and logs who made it; returns whether the gate took the command: false also if
     * it has not answered yet or if this terminal does not have that gate any longer.
     */
    async open({ refusal, record }: Overridden, { actor: operator, reason, prepared }: By<ClockReading>) {
      clock.notice(prepared);
      parts.wakeForwarder();
      const gate = gateNamed(refusal.gate);
      const isOpen =
        gate !== undefined && (await openGate(record.recordId, gate, { isMarked: gate.opensByAnswer })) === 'yes';
      const told = { reason, overrides: refusal.recordId, recordId: record.recordId, operator };
      logger.warn({ ...told, verdict: refusal.verdict, opened: isOpen }, 'overrode a refusal');
      return { Opened: isOpen };
    },
  };
}
