import type { InEachLanguage } from '../begin/language.ts';
import type { RecordsHere } from '../begin/records-here.ts';

type Words = {
  states: Readonly<Record<string, string>>;
  columns: {
    checkedAt: string;
    ticket: string;
    session: string;
    seat: string;
    state: string;
    quarantined: string;
    gate: string;
    offline: string;
  };
  checkedBy: Readonly<Record<RecordsHere['checkedBy'], string>>;
  seat(row: number, column: number): string;
};

const zh: Words = {
  states: { DELIVERED: '已送达', WAITING: '待报送', PARKED: '上级拒收', QUARANTINED: '隔离' },
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
  seat: (row, column) => `${row} 排 ${column} 座`,
};

const en: Words = {
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
export const RECORD_WORDS: InEachLanguage<Words> = { zh, en };
