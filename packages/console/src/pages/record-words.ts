import type { InEachLanguage } from '../begin/language.ts';

const zh = {
  states: { DELIVERED: '已送达', WAITING: '待报送', PARKED: '上级拒收', QUARANTINED: '隔离' } as Readonly<
    Record<string, string>
  >,
  columns: {
    checkedAt: '检票时间',
    ticket: '电影票编码',
    session: '场次',
    seat: '座位',
    state: '报送状态',
    quarantined: '隔离',
    gate: '检票口',
    offline: '离线放行',
  },
  checkedBy: { gate: '检票口', terminal: '终端', platform: '检票平台' },
  seat: (row: number, column: number) => `${row} 排 ${column} 座`,
};

const en: typeof zh = {
  states: { DELIVERED: 'delivered', WAITING: 'waiting', PARKED: 'refused upstream', QUARANTINED: 'quarantined' },
  columns: {
    checkedAt: 'Checked at',
    ticket: 'Ticket code',
    session: 'Session',
    seat: 'Seat',
    state: 'State',
    quarantined: 'Quarantined',
    gate: 'Gate',
    offline: 'admitted offline',
  },
  checkedBy: { gate: 'Gate', terminal: 'Terminal', platform: 'Platform' },
  seat: (row, column) => `row ${row}, seat ${column}`,
};

/** What screens say of a check record. */
export const RECORD_WORDS: InEachLanguage<typeof zh> = { zh, en };
