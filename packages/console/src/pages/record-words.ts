import type { InEachLanguage } from '../begin/language.ts';

type Words = {
  states: Readonly<Record<string, string>>;
  columns: {
    checkedAt: string;
    ticket: string;
    session: string;
    seat: string;
    by: string;
    state: string;
    quarantined: string;
  };
  seat(row: number, column: number): string;
};

const zh: Words = {
  states: { DELIVERED: '已送达', WAITING: '待报送', PARKED: '上级拒收', QUARANTINED: '隔离' },
  columns: {
    checkedAt: '检票时间',
    ticket: '电影票编码',
    session: '场次',
    seat: '座位',
    by: '终端 / 检票口',
    state: '报送状态',
    quarantined: '隔离',
  },
  seat: (row, column) => `${row} 排 ${column} 座`,
};

const en: Words = {
  states: { DELIVERED: 'delivered', WAITING: 'waiting', PARKED: 'refused upstream', QUARANTINED: 'quarantined' },
  columns: {
    checkedAt: 'Checked at',
    ticket: 'Ticket code',
    session: 'Session',
    seat: 'Seat',
    by: 'Terminal / gate',
    state: 'State',
    quarantined: 'Quarantined',
  },
  seat: (row, column) => `row ${row}, seat ${column}`,
};

/** What screens say of a check record. */
export const RECORD_WORDS: InEachLanguage<Words> = { zh, en };
