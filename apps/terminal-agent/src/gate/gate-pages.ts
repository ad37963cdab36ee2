import { join } from 'node:path';
import { type InEachLanguage, type Language, type PageRequest, type PageSet, pathWith } from '@ticket-check/admin';
import { type OperationTables, type Operator, permits, tryOperation } from '@ticket-check/operators';
import { type DeviceState, wallClockAt } from '@ticket-check/protocol';
import { deviceFaults } from '@ticket-check/protocol/terminal-advice';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type Cell, forPeople, type Table } from '../pages/ticket-pages.ts';
import { type AlarmEnd, endAlarm, type GateAlarm, type GateAlarmTables, loadAlarms } from './gate-alarms.ts';

const zh = {
  title: '闸机',
  intro:
    '闸机出现故障后一直标为“停用”，直到工作人员确认其恢复正常并解除。停用不影响检票结果：仍会为每位放行的观众尝试开闸，未打开时请手动开门放行。',
  columns: ['检票口', '开闸方式', '状态', '操作'],
  drivers: {
    none: '无硬件，由工作人员放行',
    lcus: 'LCUS 继电器板',
    modbus: 'Modbus 继电器板',
    webhook: '门禁控制器',
  } as Readonly<Record<string, string>>,
  works: '正常',
  off: '未启用',
  outOfOrder: (since: string) => `停用，自 ${since} 起`,
  first: (what: string) => `最初的故障：${what}`,
  fails: (what: string) => `仍有故障：${what}`,
  clear: '解除停用',
  clearHint: '请先确认闸机能够正常打开和关闭。再次出现故障时会重新停用。',
  cleared: (gate: string) => `${gate} 已解除停用。`,
  notMarked: (gate: string) => `${gate} 没有停用，可能已由他人解除。`,
  passed: (gate: string, count: number, last: string) => `${gate}：有人未经放行通过 ${count} 次，最近一次 ${last}`,
  passedTodo: '请核实通过的人员，要求其出示影票并扫码，然后按下面的按钮。',
  acknowledge: '已处理',
  acknowledged: (gate: string) => `${gate} 的“未经放行通过”已标为已处理。`,
  missed: '放行后无人通过',
  missedText: '闸机已打开，但传感器没有检测到观众通过。观众仍在场外时可以撤销，之后此票可再次使用。',
};

const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    title: 'Gates',
    intro:
      'A gate that failed stays out of order until staff have seen it work and clear it. Verdicts do not change: it is still tried for each guest, and if it stays shut, let the guest in by hand.',
    columns: ['Gate', 'Opened by', 'State', 'Action'],
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
  },
};

const LIST = '/gates';
const CLEAR = '/gates/clear';
const ACKNOWLEDGE = '/gates/acknowledge';

/** The page of the gates, where staff clear a gate that works again and see the findings of sensors. */
export function gatePages(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  {
    store,
    gates,
    unpassed,
  }: {
    store: Store<GateAlarmTables & OperationTables>;
    gates: () => Promise<readonly DeviceState[]>;
    unpassed: (language: Language, cinemaCodes: Operator['cinemaCodes']) => Promise<Table>;
  },
): PageSet {
  const load = (language: Language, cinemaCodes: Operator['cinemaCodes']) =>
    Promise.all([
      gates(),
      loadAlarms(store, 'out-of-order'),
      loadAlarms(store, 'passed'),
      unpassed(language, cinemaCodes),
    ]);

  async function list({ language, query, operator }: PageRequest) {
    const t = WORDS[language];
    const [states, marked, passed, missed] = await load(language, operator.cinemaCodes);
    const mayClear = permits(operator.role, 'gates.clear');
    return {
      title: t.title,
      view: 'gates/list',
      follows: { asOf: forPeople(wallClockAt(now())), again: LIST },
      data: {
        t,
        acknowledgePath: ACKNOWLEDGE,
        mayClear,
        ...toldBy(query, language),
        heads: t.columns,
        rows: states.map((state) => rowOf(state, marked.get(state.name), { language, mayClear })),
        isMarked: marked.size > 0,
        alarms: [...passed.values()].map(({ gate, count, last }) => ({
          name: gate,
          words: t.passed(gate, count, forPeople(last)),
        })),
        missed: permits(operator.role, 'entries.undo-unpassed') ? missed : withoutActions(missed),
      },
    };
  }

  const ending =
    (by: AlarmEnd) =>
    async ({ form, operator: { username }, address }: PageRequest) => {
      const gate = form.get('gate') ?? '';
      const ended = await tryOperation(
        store,
        { name: `gate ${by}`, actor: username, from: address, now, what: { gate } },
        ({ db }) => endAlarm(db, by, gate),
        (before) => ({ before }),
      );
      if (ended === null) return { redirect: by === 'clear' ? pathWith(LIST, { 'not-marked': gate }) : LIST };
      logger.warn({ gate, by, operator: username }, 'ended an alarm of a gate');
      return { redirect: pathWith(LIST, { [by]: gate }) };
    };

  return {
    name: 'gates',
    views: join(import.meta.dirname, 'views'),
    menu: { path: LIST, label: { zh: WORDS.zh.title, en: WORDS.en.title }, permission: 'records.read' },
    pages: [
      { method: 'get', path: LIST, access: 'records.read', handler: list },
      { method: 'post', path: CLEAR, access: 'gates.clear', handler: ending('clear') },
      { method: 'post', path: ACKNOWLEDGE, access: 'gates.clear', handler: ending('acknowledge') },
    ],
  };
}

/** The result of a change, shown to the operator who made it. */
function toldBy(query: PageRequest['query'], language: Language): { good: boolean; told: string | null } {
  const t = WORDS[language];
  const [cleared, acknowledged, notMarked] = ['clear', 'acknowledge', 'not-marked'].map((name) => query.get(name));
  if (cleared !== undefined) return { good: true, told: t.cleared(cleared) };
  if (acknowledged !== undefined) return { good: true, told: t.acknowledged(acknowledged) };
  return { good: false, told: notMarked === undefined ? null : t.notMarked(notMarked) };
}

function rowOf(
  { name, driver, enabled, error }: DeviceState,
  mark: GateAlarm | undefined,
  { language, mayClear }: { language: Language; mayClear: boolean },
): Cell[] {
  const t = WORDS[language];
  const states = [
    ...(mark === undefined ? [] : [t.outOfOrder(forPeople(mark.since)), t.first(deviceFaults(mark.what, language))]),
    ...(error === null || error === mark?.what ? [] : [t.fails(deviceFaults(error, language))]),
  ];
  return [
    name,
    t.drivers[driver] ?? driver,
    { lines: states.length > 0 ? states : [enabled ? t.works : t.off] },
    mark !== undefined && mayClear ? { form: CLEAR, text: t.clear, of: name } : '',
  ];
}

const withoutActions = ({ heads, rows }: Table): Table => ({
  heads,
  rows: rows.map((cells) => [...cells.slice(0, -1), '']),
});
