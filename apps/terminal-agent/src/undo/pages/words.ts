import type { InEachLanguage } from '@ticket-check/admin';

/** Texts of the pages of last entries. */
type Words = {
  list: { title: string; intro: string; none: string; choose: string };
  columns: { time: string; film: string; seat: string; ticket: string; gate: string; action: string };
  undo: {
    title: string;
    what: string;
    whatUnpassed: string;
    consequences: readonly string[];
    reasonHint: string;
    submit: string;
  };
  undone: { title: string; text: string; goneTitle: string; goneText: string; back: string; backToGates: string };
  seat(row: number, column: number): string;
};

export const WORDS: { readonly [language in keyof InEachLanguage]: Words } = {
  zh: {
    list: {
      title: '最近入场',
      intro: '本终端最近放行的观众。放行后并未进场的，由值班经理在此撤销。',
      none: '本终端没有有效的入场。',
      choose: '撤销',
    },
    columns: { time: '检票时间', film: '影片', seat: '座位', ticket: '电影票编码', gate: '检票口', action: '操作' },
    undo: {
      title: '撤销入场',
      what: '仅当这位观众没有进场时才可撤销。',
      whatUnpassed: '闸机传感器没有检测到这位观众通过。请确认观众仍在场外，再撤销。',
      consequences: [
        '此票可以再次使用：下一个持此票的人会被放行。',
        '检票记录不会删除；撤销写入操作记录，并报给上级平台。',
        '上级平台不支持撤销时，这次入场在那里仍然有效。',
      ],
      reasonHint: '写给以后查问的人，例如：闸机未转动，观众离开。',
      submit: '撤销这次入场',
    },
    undone: {
      title: '已撤销',
      text: '这次入场已撤销，此票可以再次使用。',
      goneTitle: '没有这次入场',
      goneText: '它已被撤销，观众随后已通过闸机，或不是本终端放行的。',
      back: '回到最近入场',
      backToGates: '回到闸机',
    },
    seat: (row, column) => (row > 0 && column > 0 ? `${row}排${column}座` : '–'),
  },
  en: {
    list: {
      title: 'Last entries',
      intro:
        'The guests that this terminal admitted last. A supervisor can undo an entry here if the guest did not go in.',
      none: 'This terminal has no entries.',
      choose: 'Undo',
    },
    columns: { time: 'Checked at', film: 'Film', seat: 'Seat', ticket: 'Ticket code', gate: 'Gate', action: 'Action' },
    undo: {
      title: 'Undo an entry',
      what: 'Undo it only if this guest did not go in.',
      whatUnpassed:
        'The sensor of the gate saw nobody go through. Make sure that the guest is outside before you undo.',
      consequences: [
        'The ticket may be used again: the next person with it is let in.',
        'The check record is not deleted. The undo is recorded in the audit and reported to the platform above.',
        'If the platform above cannot undo entries, the entry remains there.',
      ],
      reasonHint: 'For later questions, such as: the turnstile did not turn, the guest left.',
      submit: 'Undo this entry',
    },
    undone: {
      title: 'Undone',
      text: 'The entry is undone, and the ticket may be used again.',
      goneTitle: 'There is no such entry',
      goneText: 'It was already undone, the guest went through after all, or this terminal did not admit them.',
      back: 'Back to the last entries',
      backToGates: 'Back to the gates',
    },
    seat: (row, column) => (row > 0 && column > 0 ? `row ${row}, seat ${column}` : '–'),
  },
};
