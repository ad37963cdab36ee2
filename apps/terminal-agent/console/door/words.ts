import { inEachLanguage } from '@ticket-check/console';

/** What the screens of the door have in common. */
export const WORDS = inEachLanguage({
  gate: ['检票口', 'Gate'],
  undo: {
    action: ['撤销', 'Undo'],
    submit: ['撤销这次入场', 'Undo this entry'],
    what: ['仅当这位观众没有进场时才可撤销。', 'Undo it only if this guest did not go in.'],
    whatUnpassed: [
      '闸机传感器没有检测到这位观众通过。请确认观众仍在场外，再撤销。',
      'The sensor of the gate saw nobody go through. Make sure that the guest is outside before you undo.',
    ],
    stays: [
      '检票记录不会删除，撤销写入操作记录。上级平台不支持撤销时，这次入场在那里仍然有效。',
      'The check record is not deleted, and the undo is recorded in the audit. If the platform above cannot undo entries, the entry remains there.',
    ],
    hint: ['原因例如：闸机未转动，观众离开。', 'A reason is, for example: the turnstile did not turn, the guest left.'],
    done: ['已撤销，此票可以再次使用。', 'Undone: the ticket may be used again.'],
  },
  override: {
    action: ['人工放行', 'Let in'],
    submit: ['放行这位观众', 'Let this guest in'],
    what: [
      '这张票被拒绝。仅当您已核实这位观众应当入场时才可放行。',
      'This ticket was refused. Let the guest in only if you have made sure that they belong inside.',
    ],
    again: [
      '此票已有人入场：放行后同一张票入场两次，报表中计为重复入场，并注明由您放行。',
      'A guest already entered with this ticket: it will have two entries, which reports count as a double and show as your decision.',
    ],
    held: [
      '此票被占用，但没有入场记录：先到占用的检票口核实。观众没有入场的，在平台归还占票后重新扫码；也可以在这里放行，另一终端补报入场时计为重复入场。',
      'Another terminal holds this ticket, and no entry is recorded. Ask at that door first. If nobody went in, release the claim at the platform and scan again. You may also let the guest in here: it is a double if that terminal still reports an entry.',
    ],
    opens: [
      '闸门打开，产生一条新的检票记录并报送上级平台。此后再扫此票仍会被拒绝，也不会开闸。',
      'The gate opens, and a new check record is made and sent to the platform above. The next guest with this ticket is refused, even if the gate did not open this time.',
    ],
    kept: [
      '您的姓名、原因和原拒绝写入操作记录与检票记录，不会删除。',
      'Your name, the reason and the refusal are in the audit and with the check record, and are never deleted.',
    ],
    hint: [
      '原因例如：已与售票处核对，观众刚出来接电话。',
      'A reason is, for example: confirmed by the box office, or the guest had stepped out for a call.',
    ],
    opened: ['已放行：检票记录已保存，请观众入场。', 'Let in: the check record is kept, and the guest may go in.'],
    notOpened: [
      '检票记录已保存，但闸门没有打开：请人工放观众入场。',
      'The check record is kept, and the gate did not open: let the guest in by hand.',
    ],
  },
  claim: ['在平台查看并归还占票', 'See and release the claim'],
  eTicket: (span: string) => [`电子影票：扫码前 ${span}校验`, `e-ticket: verified ${span} before the scan`],
  eTicketAhead: (span: string) => [
    `电子影票：校验时间比扫码超前 ${span}`,
    `e-ticket: its time is ${span} after the scan`,
  ],
  verdict: ['结果', 'Verdict'],
  undecided: ['未完成', 'not decided'],
  overriddenBy: (operator: string) => [`由 ${operator} 人工放行`, `let in by ${operator}`],
  notOpened: ['闸机未打开，须手动开门放行', 'the gate did not open: to be let in by hand'],
  knownUpTo: (time: string) => [`网络中断，退票信息截至 ${time}`, `no connection, refunds known up to ${time}`],
  late: {
    REFUNDED: ['事后得知已退票', 'found refunded later'],
    ALREADY_ENTERED: ['事后得知重复入场', 'found entered twice later'],
  },
  letInLater: (operator: string) => [`后由 ${operator} 人工放行`, `then let in by ${operator}`],
});
