import { inEachLanguage, type Language } from '../begin/begun.ts';

/** What screens say of a check record. */
export const RECORD_WORDS = inEachLanguage({
  states: {
    DELIVERED: ['已送达', 'delivered'],
    WAITING: ['待报送', 'waiting'],
    PARKED: ['上级拒收', 'refused upstream'],
    QUARANTINED: ['隔离', 'quarantined'],
  },
  columns: {
    checkedAt: ['检票时间', 'Checked at'],
    ticket: ['电影票编码', 'Ticket code'],
    session: ['场次', 'Session'],
    seat: ['座位', 'Seat'],
    state: ['报送状态', 'State'],
    quarantined: ['隔离', 'Quarantined'],
    gate: ['检票口', 'Gate'],
    offline: ['离线放行', 'admitted offline'],
  },
  checkedBy: {
    gate: ['检票口', 'Gate'],
    terminal: ['终端', 'Terminal'],
    platform: ['检票平台', 'Platform'],
  },
  seat: (row: number, column: number) => [`${row} 排 ${column} 座`, `row ${row}, seat ${column}`],
});

/** What a check record holds, by the names that it has on the wire and in JSON. */
const ELEMENTS_IN_CHINESE: Readonly<Record<string, string>> = {
  CinemaCode: '影院编码',
  FilmTicketCode: '电影票编码',
  TicketInfoCode: '影票信息码',
  CheckTime: '检票时间',
  StartTime: '放映时间',
  ScreenCode: '影厅编码',
  ScreenName: '影厅',
  FilmCode: '影片编码',
  FilmName: '影片',
  SessionCode: '场次编码',
  TicketType: '售票方式',
  RowNum: '座位行',
  ColumnNum: '座位列',
  Price: '票价',
  Service: '服务费',
  Account: '账号',
  Gate: '检票口',
  ErrorCode: '隔离原因',
  Differences: '与票码不符项',
  Confirmed: '上级已确认',
  Offline: '离线放行',
  ETicketTime: '电子影票校验时间',
  ETicketAgeSeconds: '电子影票出示时已过（秒）',
  LateVerdict: '事后判定',
  LateNoticedAt: '事后得知时间',
  Overrides: '被放行的扫码',
  OverriddenVerdict: '原拒绝判定',
  OverriddenBy: '放行人',
  OverrideReason: '放行原因',
  RecordId: '记录标识',
  Quarantined: '隔离',
  First: '首次入场',
  ReceivedAt: '入库时间',
  ForwarderReceivedAt: '检票平台收到时间',
  State: '报送状态',
  ParkedAt: '拒收时间',
  SentAt: '发送时间',
  DeliveredAt: '送达时间',
  Refusals: '送达前被拒次数',
  NextAttemptAt: '下次重试',
  Attempts: '尝试次数',
  RefusalCode: '拒收代码',
  RefusalMessage: '拒收原因',
  ScannedAt: '扫码时间',
  DecidedAt: '判定时间',
  OpenedAt: '开闸时间',
};

/** What an element of a check record is called. */
export const elementIn = (name: string, language: Language): string =>
  language === 'zh' ? (ELEMENTS_IN_CHINESE[name] ?? name) : inWords(name);

/** `FilmTicketCode` as `Film ticket code`. */
const inWords = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
