import { inEachLanguage } from '@ticket-check/console';

export const WORDS = inEachLanguage({
  about: [
    '同一张票入场多次，或入场后又退票：核实后请记下处理结果。结果保留，并写入操作记录。',
    'Tickets that were entered more than once, or refunded after an entry: look into them and note the outcome. Outcomes are kept and recorded in the audit.',
  ],
  state: ['状态', 'State'],
  states: {
    open: ['未处理', 'Open'],
    noted: ['已记录结果', 'Noted'],
  },
  kinds: {
    DOUBLE: ['重复入场', 'Entered twice'],
    LATE_REFUND: ['入场后退票', 'Refunded later'],
  },
  outcome: ['处理结果', 'Outcome'],
  note: ['记录结果', 'Note outcome'],
  add: ['补充结果', 'Add to it'],
  what: [
    '请写明核实的情况和处理结果。记录后此项移到“已记录结果”，再有人用此票入场时重新列出。',
    'Say what you found out and what was done. It then stands under Noted, and is open again when somebody else enters with the ticket.',
  ],
  none: ['没有待核实的票', 'Nothing to look into'],
  noneText: [
    '出现重复入场或入场后退票时，会列在这里。',
    'Tickets that are entered twice, or refunded after an entry, are listed here.',
  ],
});
