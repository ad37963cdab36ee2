import type { InEachLanguage } from '@ticket-check/console';

const zh = {
  title: '待核实',
  about: '同一张票入场多次，或入场后又退票：核实后请记下处理结果。结果保留，并写入操作记录。',
  caption: '需要核实的票',
  state: '状态',
  states: { open: '未处理', noted: '已记录结果' },
  kind: '类型',
  anyKind: '全部',
  kinds: { DOUBLE: '重复入场', LATE_REFUND: '入场后退票' } as Record<string, string>,
  cinema: '影院编码',
  ticket: '票',
  session: '场次',
  seat: (row: number, column: number) => `${row} 排 ${column} 座`,
  entries: '入场',
  refundedAt: (time: string) => `退票时间 ${time}`,
  foundAt: '发现时间',
  outcome: '处理结果',
  by: (operator: string, time: string) => `${operator}，${time}`,
  note: '记录结果',
  add: '补充结果',
  what: '请写明核实的情况和处理结果。记录后此项移到“已记录结果”，再有人用此票入场时重新列出。',
  none: '没有待核实的票',
  noneText: '出现重复入场或入场后退票时，会列在这里。',
  problems: {
    changed: { title: '已有他人记录', text: '未做任何更改。请刷新列表，看清已记录的内容后再补充。' },
    unknown: { title: '该项已不存在', text: '未做任何更改。请刷新列表。' },
    'reason-missing-or-too-long': { title: '请填写处理结果', text: '未做任何更改。请填写 1 到 500 个字。' },
  },
};

const en: typeof zh = {
  title: 'Worklist',
  about:
    'Tickets that were entered more than once, or refunded after an entry: look into them and note the outcome. Outcomes are kept and recorded in the audit.',
  caption: 'Tickets to look into',
  state: 'State',
  states: { open: 'Open', noted: 'Noted' },
  kind: 'Kind',
  anyKind: 'All',
  kinds: { DOUBLE: 'Entered twice', LATE_REFUND: 'Refunded later' },
  cinema: 'Cinema code',
  ticket: 'Ticket',
  session: 'Session',
  seat: (row, column) => `row ${row}, seat ${column}`,
  entries: 'Entries',
  refundedAt: (time) => `refunded ${time}`,
  foundAt: 'Found',
  outcome: 'Outcome',
  by: (operator, time) => `${operator}, ${time}`,
  note: 'Note outcome',
  add: 'Add to it',
  what: 'Say what you found out and what was done. It then stands under Noted, and is open again when somebody else enters with the ticket.',
  none: 'Nothing to look into',
  noneText: 'Tickets that are entered twice, or refunded after an entry, are listed here.',
  problems: {
    changed: {
      title: 'Somebody has noted an outcome',
      text: 'Nothing was changed. Load the list again and read it before you add to it.',
    },
    unknown: { title: 'It is gone', text: 'Nothing was changed. Load the list again.' },
    'reason-missing-or-too-long': {
      title: 'The outcome is missing',
      text: 'Nothing was changed. Enter 1 to 500 characters.',
    },
  },
};

export const WORDS: InEachLanguage<typeof zh> = { zh, en };
