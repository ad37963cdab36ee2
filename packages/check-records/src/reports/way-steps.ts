import type { ReportKind } from './day-table.ts';
import type { RecordWay } from './record-way.ts';
import type { Row } from './table.ts';

/**
 * A step of a record's way: what happened, when (null where that is not known, or has not happened yet), and what else is known
 * of it.
 */
export type WayStep = {
  readonly Step:
    | 'SCANNED'
    | 'OVERRIDDEN'
    | 'DECIDED'
    | 'OPENED'
    | 'CHECKED'
    | 'STORED'
    | 'SENT'
    | 'WAITING'
    | 'REFUSED'
    | 'ACCEPTED'
    | 'QUARANTINED'
    | 'TOLD_LATER';
  readonly At: string | null;
} & Row;

/**
 * The way of a record in the order in which it went: scanned and decided (at the terminal that made it), checked, stored here,
 * and how far it came upstream. Scheme 5.2.9.
 *
 * @param more what a service knows of it besides (`ReportAdditions`)
 */
export function waySteps(record: RecordWay, { sends, checkedBy }: ReportKind, more: Row = {}): WayStep[] {
  const { checkTime, receivedAt, quarantine, account, gate, offline, state, refused, deliveredAt } = record;
  const sentAt = record.sentAt ?? record.unansweredSince;
  const by = { ...(checkedBy === 'Account' && { Account: account }), ...(gate !== '' && { Gate: gate }) };
  const steps: WayStep[] = [];
  const add = (step: WayStep['Step'], at: unknown, rest: Row = {}) => {
    if (typeof at === 'string') steps.push({ Step: step, At: at, ...rest });
  };
  add('SCANNED', more.ScannedAt, by);
  if (more.Overrides !== undefined) {
    const { OverriddenBy, OverrideReason } = more;
    add('OVERRIDDEN', more.DecidedAt, {
      Verdict: record.overriddenVerdict,
      Operator: OverriddenBy,
      Reason: OverrideReason,
    });
  }
  add('DECIDED', more.DecidedAt, { Confirmed: more.Confirmed, Offline: more.Offline });
  add('OPENED', more.OpenedAt, by);
  if (steps.length === 0) {
    if (record.overriddenVerdict !== null) add('OVERRIDDEN', checkTime, { Verdict: record.overriddenVerdict });
    add('CHECKED', checkTime, { ...by, ...(offline !== null && { Offline: offline }) });
  }
  add('STORED', receivedAt);
  add('TOLD_LATER', more.LateNoticedAt, { Verdict: more.LateVerdict });
  if (quarantine !== null) steps.push({ Step: 'QUARANTINED', At: receivedAt, ErrorCode: quarantine });
  else if (sends) {
    add('SENT', sentAt);
    // One that is sent again was accepted before.
    if (state === 'DELIVERED' || deliveredAt !== null) steps.push({ Step: 'ACCEPTED', At: deliveredAt });
    if (refused !== null) {
      const { parkedAt, nextAttemptAt, attempts, errorCode, errorMessage } = refused;
      // The time of sending is not kept; the refusal followed within seconds.
      if (sentAt === null) steps.push({ Step: 'SENT', At: null, Attempts: attempts });
      add('REFUSED', parkedAt, {
        ErrorCode: errorCode,
        Message: errorMessage,
        Attempts: attempts,
        NextAttemptAt: nextAttemptAt,
      });
    }
    if (state === 'WAITING') steps.push({ Step: 'WAITING', At: null });
  }
  return steps;
}
