import type { InEachLanguage } from '@ticket-check/admin';

type Words = {
  title: string;
  intro: string;
  columns: { gate: string; driver: string; state: string; action: string };
  drivers: Readonly<Record<string, string>>;
  works: string;
  off: string;
  outOfOrder(since: string): string;
  /** The first fault. */
  first(what: string): string;
  fails(what: string): string;
  clear: string;
  clearHint: string;
  cleared(gate: string): string;
  notMarked(gate: string): string;
  passed(gate: string, count: number, last: string): string;
  passedTodo: string;
  acknowledge: string;
  acknowledged(gate: string): string;
  missed: string;
  missedText: string;
  missedColumns: { time: string; film: string; seat: string; ticket: string; gate: string; action: string };
  undo: string;
};

export const WORDS: { readonly [language in keyof InEachLanguage]: Words } = {
  zh: {
    title: '闸机',
    intro:
      '闸机出现故障后一直标为“停用”，直到工作人员确认其恢复正常并解除。停用不影响检票结果：仍会为每位放行的观众尝试开闸，未打开时请手动开门放行。',
    columns: {
      gate: '检票口',
      driver: '开闸方式',
      state: '状态',
      action: '操作',
    },
    drivers: {
      none: '无硬件，由工作人员放行',
      lcus: 'LCUS 继电器板',
      modbus: 'Modbus 继电器板',
      webhook: '门禁控制器',
    },
    works: '正常',
    off: '未启用',
    outOfOrder: (since) => `停用，自 ${since} 起`,
    first: (what) => `最初的故障：${what}`,
    fails: (what) => `仍有故障：${what}`,
    clear: '解除停用',
    clearHint: '请先确认闸机能够正常打开和关闭。再次出现故障时会重新停用。',
    cleared: (gate) => `${gate} 已解除停用。`,
    notMarked: (gate) => `${gate} 没有停用，可能已由他人解除。`,
    passed: (gate, count, last) => `${gate}：有人未经放行通过 ${count} 次，最近一次 ${last}`,
    passedTodo: '请核实通过的人员，要求其出示影票并扫码，然后按下面的按钮。',
    acknowledge: '已处理',
    acknowledged: (gate) => `${gate} 的“未经放行通过”已标为已处理。`,
    missed: '放行后无人通过',
    missedText: '闸机已打开，但传感器没有检测到观众通过。观众仍在场外时可以撤销，之后此票可再次使用。',
    missedColumns: {
      time: '检票时间',
      film: '影片',
      seat: '座位',
      ticket: '电影票编码',
      gate: '检票口',
      action: '操作',
    },
    undo: '撤销',
  },
  en: {
    title: 'Gates',
    intro:
      'A gate that failed stays out of order until staff have seen it work and clear it. Verdicts do not change: it is still tried for each guest, and if it stays shut, let the guest in by hand.',
    columns: {
      gate: 'Gate',
      driver: 'Opened by',
      state: 'State',
      action: 'Action',
    },
    drivers: {
      none: 'staff, no hardware',
      lcus: 'LCUS relay board',
      modbus: 'Modbus relay board',
      webhook: 'door controller',
    },
    works: 'works',
    off: 'off',
    outOfOrder: (since) => `out of order since ${since}`,
    first: (what) => `first fault: ${what}`,
    fails: (what) => `still fails: ${what}`,
    clear: 'Clear',
    clearHint: 'First check that the gate opens and shuts. If it fails again, it is out of order again.',
    cleared: (gate) => `${gate} is cleared.`,
    notMarked: (gate) => `${gate} is not out of order; somebody else may have cleared it.`,
    passed: (gate, count, last) =>
      `${count === 1 ? '1 person' : `${count} people`} went through ${gate} without being admitted, the last at ${last}`,
    passedTodo: 'Find out who it was, ask for the ticket and scan it; then press the button below.',
    acknowledge: 'Acknowledge',
    acknowledged: (gate) => `The alarm at ${gate} is acknowledged.`,
    missed: 'Admitted, but nobody went through',
    missedText:
      'The gate opened, but its sensor saw nobody go through. If the guest is still outside, undo the entry; the ticket can then be used again.',
    missedColumns: {
      time: 'Checked at',
      film: 'Film',
      seat: 'Seat',
      ticket: 'Ticket code',
      gate: 'Gate',
      action: 'Action',
    },
    undo: 'Undo',
  },
};
