import { recordJson } from '../store/list-records.ts';
import type { RecordState } from '../store/record-states.ts';
import type { ReportKind } from './day-table.ts';
import { decidedAt, forwarderAt, type RecordWay } from './record-way.ts';
import { type Column, column, type InBoth, type Row } from './table.ts';

export const RECORDS_TITLE: InBoth = { zh: '检票记录', en: 'Check records' };

const STATES = {
  DELIVERED: { zh: '已送达', en: 'delivered' },
  WAITING: { zh: '待报送', en: 'waiting' },
  PARKED: { zh: '上级拒收', en: 'parked' },
  QUARANTINED: { zh: '隔离', en: 'quarantined' },
} as const satisfies Record<RecordState, InBoth>;

export function recordColumns({ sends, checkedBy }: ReportKind): Column[] {
  return [
    column('CheckTime', '检票时间', 'Checked at', ['终端扫码的时间', 'when the terminal scanned the ticket']),
    column('CinemaCode', '影院编码', 'Cinema code'),
    column('FilmTicketCode', '电影票编码', 'Ticket code'),
    column('StartTime', '放映时间', 'Start'),
    column('ScreenCode', '影厅编码', 'Screen code'),
    column('ScreenName', '影厅', 'Screen'),
    column('SessionCode', '场次编码', 'Session code'),
    column('FilmCode', '影片编码', 'Film code'),
    column('FilmName', '影片', 'Film'),
    column('TicketType', '售票方式', 'Ticket type', [
      '空白：检票时尚不知道，之后也未补全',
      'blank: not known at the scan, and not filled in since',
    ]),
    column('RowNum', '座位行', 'Row'),
    column('ColumnNum', '座位列', 'Column'),
    column('Price', '票价', 'Price'),
    column('Service', '服务费', 'Service fee'),
    ...(checkedBy === 'Account' ? [column('Account', '账号（终端）', 'Account (terminal)')] : []),
    column('Gate', '检票口', 'Gate'),
    column('Offline', '离线放行', 'Admitted offline'),
    ...(checkedBy === 'Account'
      ? [
          column('DecidedAt', '终端判定时间', 'Decided at', [
            '终端判定并入库的时间',
            'when the terminal had decided and stored it',
          ]),
        ]
      : []),
    ...(sends ? [] : [column('ForwarderReceivedAt', '检票平台收到时间', 'Received by the platform at')]),
    column('ReceivedAt', '入库时间', 'Stored at', ['本服务入库的时间', 'when this service stored it']),
    column('UndoneAt', '撤销时间', 'Undone at'),
    column('OverriddenVerdict', '原拒绝判定', 'Was refused as', [
      '值班经理放行前的拒绝判定',
      'the refusal that a supervisor overrode',
    ]),
    ...(sends
      ? [
          { ...column('State', '报送状态', 'State'), words: STATES },
          column('SentAt', '发送时间', 'Sent at'),
          column('DeliveredAt', '送达时间', 'Delivered at'),
          column('Refusals', '送达前被拒次数', 'Refused before that'),
          column('ParkedAt', '拒收时间', 'Parked at'),
          column('NextAttemptAt', '下次重试', 'Next attempt'),
          column('Attempts', '尝试次数', 'Attempts'),
          column('RefusalCode', '拒收代码', 'Refusal code'),
          column('RefusalMessage', '拒收原因', 'Refusal'),
        ]
      : []),
    column('Quarantined', '隔离', 'Quarantined'),
    column('ErrorCode', '隔离原因', 'Quarantined for'),
    column('Differences', '与票码不符项', 'Differences', [
      '与票码中的内容不同、但不影响认定的项',
      'elements that differ from the code without making it another ticket',
    ]),
    column('First', '首次入场', 'First entry', [
      '是否为这张票的首次入场',
      'whether it is the first entry of its ticket',
    ]),
    column('RecordId', '记录标识', 'RecordId', ['同一条记录在各平台中的编号', 'the same on every platform']),
    column('TicketInfoCode', '影票信息码', 'Ticket info code'),
  ];
}

/** A record with its whole way, as `records list` prints it and with how far it came. */
export function wayJson(record: RecordWay, { sends }: Pick<ReportKind, 'sends'>): Row {
  const { state, refused, sentAt, deliveredAt, refusals } = record;
  const [decided, forwarder] = [decidedAt(record), forwarderAt(record)];
  return {
    ...recordJson(record),
    ...(decided !== null && { DecidedAt: decided }),
    ...(forwarder !== null && { ForwarderReceivedAt: forwarder }),
    ...(sends && { State: state }),
    ...(sentAt !== null && { SentAt: sentAt }),
    ...(deliveredAt !== null && { DeliveredAt: deliveredAt }),
    ...(refusals !== null && { Refusals: refusals }),
    ...(refused !== null && {
      ParkedAt: refused.parkedAt,
      NextAttemptAt: refused.nextAttemptAt,
      Attempts: refused.attempts,
      RefusalCode: refused.errorCode,
      RefusalMessage: refused.errorMessage,
    }),
  };
}
