import { addSeconds, elementsJson, epochOf, hasWallClock, type RecordId, type WallClock } from '@ticket-check/protocol';
import { RECORD_STATE_NAMES } from '@ticket-check/protocol/element-names';
import { type Delivery, loadDeliveries } from '../outbox/deliveries.ts';
import { asListed, type ListedRecord, recordJson } from '../store/list-records.ts';
import { recordsWithState, type StatedRecord, statedRecordOf } from '../store/record-states.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { OwnStore } from '../tables/tables.ts';
import type { ReportKind } from './day-table.ts';
import { type Column, column, columns, type Row, wordsOf } from './table.ts';

export type RecordWay = ListedRecord & Delivery & Pick<StatedRecord, 'state' | 'refused'>;

/** A RecordId mostly names one record; a sender may have made any number of others under it. */
const MAX_UNDER_ONE = 1000;

/** The records under a RecordId, mostly one: what names another ticket, CheckTime or code is another record (reading X3). */
export async function recordsUnder(store: OwnStore, recordId: RecordId): Promise<RecordWay[]> {
  const rows = await recordsWithState(store.reports)
    .where('checkRecord.recordId', '=', recordId)
    .orderBy('checkRecord.identity')
    .limit(MAX_UNDER_ONE)
    .execute();
  return waysOf(store, rows.map(statedRecordOf));
}

/** The same records, with whether each is the first entry of its ticket, was undone, and when it was accepted upstream. */
export async function waysOf(store: OwnStore, records: readonly StatedRecord[]): Promise<RecordWay[]> {
  const bare = records.map(({ record }) => record);
  const listed = await asListed(store, bare);
  const delivered = await loadDeliveries({ db: store.reports, store }, bare);
  return records.map(({ state, refused }, index) => ({
    ...(listed[index] as ListedRecord),
    ...(delivered[index] as Delivery),
    ...{ state, refused },
  }));
}

/** When the terminal had decided and stored a record, to the millisecond (`2026-11-24T19:20:00.431`); null if it did not say. */
function decidedAt({ checkTime, decidedMs }: Pick<ReceivedRecord, 'checkTime' | 'decidedMs'>): string | null {
  if (decidedMs === null) return null;
  const second = timeAfter(checkTime, Math.floor(decidedMs / 1000));
  return second === null ? null : `${second}.${String(decidedMs % 1000).padStart(3, '0')}`;
}

/** When the platform had a record that forwards it; null if it did not say, or none did. */
function forwarderAt(record: Pick<ReceivedRecord, 'checkTime' | 'forwarderSeconds'>): WallClock | null {
  const { checkTime, forwarderSeconds } = record;
  return forwarderSeconds === null ? null : timeAfter(checkTime, forwarderSeconds);
}

/** Both come from the sender. One that leads out of the calendar counts as absent: it must not fail the list. */
const timeAfter = (time: WallClock, seconds: number): WallClock | null =>
  hasWallClock(epochOf(time) + seconds * 1000) ? addSeconds(time, seconds) : null;

/** A step of a record's way: what happened, when (null if unknown, or not yet), and what else is known of it. */
export type WayStep = {
  readonly Step:
    | ('SCANNED' | 'OVERRIDDEN' | 'DECIDED' | 'OPENED' | 'CHECKED' | 'FORWARDER_RECEIVED' | 'STORED')
    | ('SENT' | 'WAITING' | 'REFUSED' | 'ACCEPTED' | 'QUARANTINED' | 'TOLD_LATER' | 'UNDONE');
  readonly At: string | null;
} & Row;

/**
 * The way of a record in order; a sender that does not report when it decided has only CheckTime: checked. Scheme 5.2.9.
 * @param more what else the service knows of it (`ReportAdditions`)
 */
export function waySteps(record: RecordWay, { sends, checkedBy }: ReportKind, more: Row = {}): WayStep[] {
  const { checkTime, receivedAt, quarantine, account, gate, offline, state } = record;
  const { refused, sentAt, deliveredAt, refusals, undone } = record;
  const by = { ...(checkedBy === 'Account' && { Account: account }), ...(gate !== '' && { Gate: gate }) };
  const steps: WayStep[] = [];
  const add = (step: WayStep['Step'], at: unknown, rest: Row = {}) => {
    if (typeof at === 'string') steps.push({ Step: step, At: at, ...rest });
  };
  add('SCANNED', more.ScannedAt, by);
  if (more.Overrides !== undefined) {
    const { OverriddenBy: Operator, OverrideReason: Reason } = more;
    add('OVERRIDDEN', more.DecidedAt, { Verdict: record.overriddenVerdict, Operator, Reason });
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
      const { parkedAt, nextAttemptAt: NextAttemptAt, attempts: Attempts, errorCode, errorMessage: Message } = refused;
      // The time of sending is not kept; the refusal followed within seconds.
      if (sentAt === null) steps.push({ Step: 'SENT', At: null, Attempts });
      add('REFUSED', parkedAt, { ErrorCode: errorCode, Message, Attempts, NextAttemptAt });
    }
    if (state === 'WAITING') steps.push({ Step: 'WAITING', At: null });
  }
  // The audit of the service where it was undone says who did it.
  if (undone !== null) add('UNDONE', undone.at, sends ? { Upstream: undone.upstream } : {});
  return steps;
}

const DECIDED_AT = column('DecidedAt', '终端判定时间', 'Decided at', [
  '终端判定并入库的时间',
  'and stored by the terminal',
]);

export function recordColumns({ sends, checkedBy }: ReportKind): Column[] {
  return [
    column('CheckTime', '检票时间', 'Checked at', ['终端扫码的时间', 'when the terminal scanned the ticket']),
    ...columns('CinemaCode', 'FilmTicketCode', 'StartTime', 'ScreenCode', 'ScreenName', 'SessionCode', 'FilmCode'),
    column('FilmName', '影片', 'Film'),
    column('TicketType', '售票方式', 'Ticket type', [
      '空白：检票时尚不知道，之后也未补全',
      'blank: not known at the scan, and not filled in since',
    ]),
    ...columns('RowNum', 'ColumnNum', 'Price', 'Service'),
    ...(checkedBy === 'Account' ? [column('Account', '账号（终端）', 'Account (terminal)')] : []),
    ...columns('Gate', 'Offline'),
    ...(checkedBy === 'Account' ? [DECIDED_AT] : []),
    ...(sends ? [] : [column('ForwarderReceivedAt', '检票平台收到时间', 'Received by the platform at')]),
    column('ReceivedAt', '入库时间', 'Stored at', ['本服务入库的时间', 'when this service stored it']),
    column('UndoneAt', '撤销时间', 'Undone at'),
    column('OverriddenVerdict', '原拒绝判定', 'Was refused as', [
      '值班经理放行前的拒绝判定',
      'before a supervisor let it in',
    ]),
    ...(sends
      ? [
          { ...column('State', '报送状态', 'State'), words: wordsOf(RECORD_STATE_NAMES) },
          ...columns('SentAt', 'DeliveredAt', 'Refusals', 'ParkedAt', 'NextAttemptAt', 'Attempts', 'RefusalCode'),
          column('RefusalMessage', '拒收原因', 'Refusal'),
        ]
      : []),
    ...columns('Quarantined', 'ErrorCode'),
    column('Differences', '与票码不符项', 'Differences', [
      '与票码中的内容不同、但不影响认定的项',
      'elements that differ from the code without making it another ticket',
    ]),
    column('First', '首次入场', 'First entry', ['是否为这张票的首次入场', 'whether it is the first of its ticket']),
    column('RecordId', '记录标识', 'RecordId', ['同一条记录在各平台中的编号', 'the same on every platform']),
    column('TicketInfoCode', '影票信息码', 'Ticket info code'),
  ];
}

/** A record with its whole way, as `records list` prints it and with how far it came. */
export function wayJson(record: RecordWay, { sends }: Pick<ReportKind, 'sends'>): Row {
  const { state, refused, sentAt: SentAt, deliveredAt: DeliveredAt, refusals: Refusals } = record;
  const times = {
    DecidedAt: decidedAt(record),
    ForwarderReceivedAt: forwarderAt(record),
    SentAt,
    DeliveredAt,
    Refusals,
  };
  return {
    ...recordJson(record),
    ...(sends && { State: state }),
    ...Object.fromEntries(Object.entries(times).filter(([, known]) => known !== null)),
    ...(refused !== null && {
      ...elementsJson(refused, 'ParkedAt', 'NextAttemptAt', 'Attempts'),
      RefusalCode: refused.errorCode,
      RefusalMessage: refused.errorMessage,
    }),
  };
}
