import { elementsJson } from '@ticket-check/protocol';
import { RECORD_STATE_NAMES } from '@ticket-check/protocol/element-names';
import { recordJson } from '../store/list-records.ts';
import type { ReportKind } from './day-table.ts';
import { decidedAt, forwarderAt, type RecordWay } from './record-way.ts';
import { type Column, column, columns, type Row, wordsOf } from './table.ts';

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
