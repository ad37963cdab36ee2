import type { InEachLanguage } from '@ticket-check/admin';
import type { OverrideObjection } from '../admission/rules.ts';

const zh = {
  list: {
    title: '最近拒绝',
    intro: '本终端今天拒绝的影票。值班经理核实后可以人工放行一位观众，须写明原因。',
    not: '读不出、非本影院、无效或没有公钥的票码没有影票数据，不能人工放行；终端时钟异常时也不能。',
    none: '今天没有可以人工放行的拒绝。',
    choose: '人工放行',
    done: (operator: string) => `已由 ${operator} 放行`,
    doneUnopened: (operator: string) =>
      `已由 ${operator} 放行，但不知闸门是否打开：请人工放观众入场；观众未入场的，请在“最近入场”中撤销`,
  },
  columns: {
    time: '扫码时间',
    why: '拒绝原因',
    film: '影片',
    seat: '座位',
    ticket: '电影票编码',
    start: '放映时间',
    gate: '检票口',
    first: '此前入场或占用',
    eTicket: '电子影票',
    action: '操作',
  },
  override: {
    title: '人工放行',
    what: '这张票被拒绝。仅当您已核实这位观众应当入场时才可放行。',
    again: '此票已有人入场：放行后同一张票入场两次，报表中计为重复入场，并注明由您放行。',
    held: '此票被占用，但没有入场记录：先到占用的检票口核实。观众没有入场的，在平台归还占票后重新扫码；也可以在这里放行，另一终端补报入场时计为重复入场。',
    claim: '在平台查看并归还占票',
    consequences: [
      '闸门打开，产生一条新的检票记录并报送上级平台。',
      '您的姓名、原因和原拒绝写入操作记录与检票记录，不会删除。',
      '此后再扫此票仍会被拒绝，也不会开闸。',
    ],
    reasonHint: '写给以后查问的人，例如：已与售票处核对，观众刚出来接电话。',
    submit: '放行这位观众',
  },
  done: {
    title: '已放行',
    opened: '检票记录已保存，请观众入场。',
    notOpened: '检票记录已保存，但闸门没有打开：请人工放观众入场。',
    record: '查看检票记录',
    back: '回到最近拒绝',
  },
  goneTitle: '不能人工放行',
  objections: {
    UNKNOWN: '本终端没有这次拒绝。',
    NO_RECORD: '这次扫码没有得到可用的影票数据，无法产生检票记录，不能人工放行。请重新扫码或改用票面信息核对。',
    NOT_TODAY: '这次拒绝不是今天（06:00 起算）的，不能再放行。请重新扫码。',
    OVERRIDDEN: '这次拒绝已经放行过，不能放行第二次。',
    ENTERED_SINCE: '这张票在此之后已经入场。如仍有观众持此票，请重新扫码后再决定。',
    CLOCK: '终端时钟异常，检票时间无法确定。请先校正时钟。',
  } satisfies Readonly<Record<OverrideObjection, string>>,
  eTicketAge(seconds: number) {
    const age = Math.abs(seconds) < 120 ? `${Math.abs(seconds)} 秒` : `${Math.floor(Math.abs(seconds) / 60)} 分钟`;
    return seconds < 0 ? `校验时间比扫码超前 ${age}` : `扫码前 ${age}校验`;
  },
};

export const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    list: {
      title: 'Last refusals',
      intro:
        'Tickets that this terminal refused today. A supervisor who has looked into it lets one guest in here, with a reason.',
      not: 'A code that could not be read, is of another cinema, not genuine or without a key holds no ticket to make a record of, and cannot be let in here; neither can anybody while the clock is wrong.',
      none: 'Nothing was refused today that could be let in.',
      choose: 'Let in',
      done: (operator) => `let in by ${operator}`,
      doneUnopened: (operator) =>
        `let in by ${operator}; the gate is not known to have opened: let the guest in by hand, or undo it under Last entries if they did not go in`,
    },
    columns: {
      time: 'Scanned at',
      why: 'Refused because',
      film: 'Film',
      seat: 'Seat',
      ticket: 'Ticket code',
      start: 'Session',
      gate: 'Gate',
      first: 'Went in or held before',
      eTicket: 'E-ticket',
      action: 'Action',
    },
    override: {
      title: 'Let a guest in',
      what: 'This ticket was refused. Let the guest in only if you have made sure that they belong inside.',
      again:
        'A guest already entered with this ticket: it will have two entries, which reports count as a double and show as your decision.',
      held: 'Another terminal holds this ticket, and no entry is recorded. Ask at that door first. If nobody went in, release the claim at the platform and scan again. You may also let the guest in here: it is a double if that terminal still reports an entry.',
      claim: 'See and release the claim',
      consequences: [
        'The gate opens, and a new check record is made and sent to the platform above.',
        'Your name, the reason and the refusal are in the audit and with the check record, and are never deleted.',
        'The next guest with this ticket is refused, even if the gate did not open this time.',
      ],
      reasonHint: 'For later questions, such as: confirmed by the box office, or the guest had stepped out for a call.',
      submit: 'Let this guest in',
    },
    done: {
      title: 'Let in',
      opened: 'The check record is kept: the guest may go in.',
      notOpened: 'The check record is kept, and the gate did not open: let the guest in by hand.',
      record: 'Show the check record',
      back: 'Back to the last refusals',
    },
    goneTitle: 'This cannot be let in',
    objections: {
      UNKNOWN: 'This terminal has no such refusal.',
      NO_RECORD:
        'This scan found no ticket that a check record could be made of, so it cannot be let in. Scan again, or go by what the ticket says.',
      NOT_TODAY: 'This refusal is not of today (which begins at 06:00), and is too old. Scan the ticket again.',
      OVERRIDDEN: 'This refusal was already overridden and cannot be overridden again.',
      ENTERED_SINCE: 'The ticket was admitted in the meantime. If a guest still has it, scan it again and decide then.',
      CLOCK: 'The clock of this terminal is wrong, so the time of the check is not known. Correct the clock first.',
    },
    eTicketAge(seconds) {
      const age = Math.abs(seconds) < 120 ? `${Math.abs(seconds)} s` : `${Math.floor(Math.abs(seconds) / 60)} min`;
      return seconds < 0 ? `its time is ${age} after the scan` : `verified ${age} before the scan`;
    },
  },
};
