import type { ReportKind } from './day-table.ts';
import type { RecordWay } from './record-way.ts';
import type { Row } from './table.ts';
import { decidedAt, forwarderAt } from './way-times.ts';

/**
 * A step of a record's way: what happened, when (null if unknown, or has not happened yet), and what else is known
 * of it.
 */
export type WayStep = {
  readonly Step:
    | 'SCANNED'
    | 'OVERRIDDEN'
    | 'DECIDED'
    | 'OPENED'
    | 'CHECKED'
    | 'FORWARDER_RECEIVED'
    | 'STORED'
    | 'SENT'
    | 'WAITING'
    | 'REFUSED'
    | 'ACCEPTED'
    | 'QUARANTINED'
    | 'TOLD_LATER'
    | 'UNDONE';
  readonly At: string | null;
} & Row;

/**
 * The way of a record in order: scanned, decided and stored at the terminal, received and stored by each platform, and how far
 * it came upstream. A record from a sender that does not report when it decided has only its CheckTime: checked. Scheme 5.2.9.
 *
 * @param more what else the service knows of it (`ReportAdditions`)
 */
export function waySteps(record: RecordWay, { sends, checkedBy }: ReportKind, more: Row = {}): WayStep[] {
  const { checkTime, receivedAt, quarantine, account, gate, offline, state } = record;
  const { refused, deliveredAt, refusals, undone } = record;
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
  const decided = decidedAt(record);
  add('DECIDED', more.DecidedAt && (decided ?? more.DecidedAt), { Confirmed: more.Confirmed, Offline: more.Offline });
  if (steps.length === 0) {
    const howDecided = offline === null ? {} : { Offline: offline };
    add('SCANNED', decided && checkTime, by);
    if (record.overriddenVerdict !== null) add('OVERRIDDEN', checkTime, { Verdict: record.overriddenVerdict });
    if (decided === null) add('CHECKED', checkTime, { ...by, ...howDecided });
    else add('DECIDED', decided, howDecided);
  }
  add('FORWARDER_RECEIVED', forwarderAt(record), { Account: account });
  // A terminal stores it in the commit of the decision.
  add('STORED', account === '' && decided?.startsWith(receivedAt) ? decided : receivedAt);
  add('OPENED', more.OpenedAt, by);
  add('TOLD_LATER', more.LateNoticedAt, { Verdict: more.LateVerdict });
  if (quarantine !== null) steps.push({ Step: 'QUARANTINED', At: receivedAt, ErrorCode: quarantine });
  else if (sends) {
    add('SENT', sentAt);
    // One that is sent again was accepted before.
    if (state === 'DELIVERED' || deliveredAt !== null)
      steps.push({ Step: 'ACCEPTED', At: deliveredAt, ...(refusals !== null && { Refusals: refusals }) });
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
  // The audit of the service where it was undone says who did it.
  if (undone !== null) add('UNDONE', undone.at, sends ? { Upstream: undone.upstream } : {});
  return steps;
}
