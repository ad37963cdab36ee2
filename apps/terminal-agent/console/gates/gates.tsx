import {
  Answered,
  ChangeButton,
  type Column,
  inEachLanguage,
  named,
  Panel,
  RowsTable,
  ScreenPage,
  TablePanel,
  useSaid,
  useSince,
  useWords,
} from '@ticket-check/console';
import { Alert } from 'antd';
import { useEffect, useRef } from 'react';
import type { EntryRow } from '../../src/check-records/ticket-row.ts';
import type { GateRow } from '../../src/gate/gate-row.ts';
import { ticketColumns } from '../door/tickets.tsx';
import { UndoButton } from '../door/undo-button.tsx';

const WORDS = inEachLanguage({
  about: [
    '闸机出现故障后一直标为“停用”，直到工作人员确认其恢复正常并解除。停用不影响检票结果：仍会为每位放行的观众尝试开闸，未打开时请手动开门放行。',
    'A gate that failed stays out of order until staff have seen it work and clear it. Verdicts do not change: it is still tried for each guest, and if it stays shut, let the guest in by hand.',
  ],
  driver: ['开闸方式', 'Opened by'],
  drivers: {
    none: ['无硬件，由工作人员放行', 'staff, no hardware'],
    lcus: ['LCUS 继电器板', 'LCUS relay board'],
    modbus: ['Modbus 继电器板', 'Modbus relay board'],
    webhook: ['门禁控制器', 'door controller'],
  },
  state: ['状态', 'State'],
  works: ['正常', 'works'],
  off: ['未启用', 'off'],
  outOfOrder: (since: string) => [`停用，自 ${since} 起`, `out of order since ${since}`],
  first: (what: string) => [`最初的故障：${what}`, `first fault: ${what}`],
  fails: (what: string) => [`仍有故障：${what}`, `still fails: ${what}`],
  clear: ['解除停用', 'Clear'],
  clearHint: [
    '请先确认闸机能够正常打开和关闭。再次出现故障时会重新停用。',
    'First check that the gate opens and shuts. If it fails again, it is out of order again.',
  ],
  cleared: (gate: string) => [`${gate} 已解除停用。`, `${gate} is cleared.`],
  passed: (gate: string, count: number, last: string) => [
    `${gate}：有人未经放行通过 ${count} 次，最近一次 ${last}`,
    `${count === 1 ? '1 person' : `${count} people`} went through ${gate} without being admitted, the last at ${last}`,
  ],
  passedTodo: [
    '请核实通过的人员，要求其出示影票并扫码，然后按“已处理”。',
    'Find out who it was, ask for the ticket and scan it; then press Acknowledge.',
  ],
  acknowledge: ['已处理', 'Acknowledge'],
  acknowledged: (gate: string) => [`${gate} 的“未经放行通过”已标为已处理。`, `The alarm at ${gate} is acknowledged.`],
  missed: ['放行后无人通过', 'Admitted, but nobody went through'],
  missedText: [
    '闸机已打开，但传感器没有检测到观众通过。观众仍在场外时可以撤销，之后此票可再次使用。',
    'The gate opened, but its sensor saw nobody go through. If the guest is still outside, undo the entry; the ticket can then be used again.',
  ],
});

export default function Gates() {
  const t = useWords(WORDS);
  return (
    <ScreenPage about={t.about}>
      <Answered<{ Gates: readonly GateRow[]; Missed: readonly EntryRow[] }> path="/gates.json">
        {({ Gates: gates, Missed: missed }) => (
          <>
            {gates.map((gate) => (
              <Alarm key={gate.Gate} gate={gate} />
            ))}
            <GatesPanel gates={gates} />
            {missed.length === 0 ? null : <Missed entries={missed} />}
          </>
        )}
      </Answered>
    </ScreenPage>
  );
}

function End({ gate, by }: { gate: string; by: 'clear' | 'acknowledge' }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton
      label={t[by]}
      button={{ 'aria-label': `${t[by]} ${gate}` }}
      about={gate}
      path={`/gate/${by}`}
      body={{ Gate: gate }}
      said={() => (by === 'clear' ? t.cleared : t.acknowledged)(gate)}
    >
      <p>{by === 'clear' ? t.clearHint : t.passedTodo}</p>
    </ChangeButton>
  );
}

function Alarm({ gate: { Gate, Unadmitted } }: { gate: GateRow }) {
  const t = useWords(WORDS);
  const since = useSince();
  if (Unadmitted === undefined) return null;
  return (
    <Alert
      type="error"
      title={t.passed(Gate, Unadmitted.Count, since(Unadmitted.Last))}
      description={t.passedTodo}
      action={<End gate={Gate} by="acknowledge" />}
    />
  );
}

function GatesPanel({ gates }: { gates: readonly GateRow[] }) {
  const since = useSince();
  const t = useWords(WORDS);
  const said = useSaid();
  const columns: readonly Column<GateRow>[] = [
    'Gate',
    { head: t.driver, of: 'Driver', cell: ({ Driver }) => named(t.drivers, Driver) },
    {
      head: t.state,
      of: 'OutOfOrderSince',
      cell: ({ OutOfOrderSince, What, WhatZh, Enabled, Error: fault, ErrorZh }) => {
        if (OutOfOrderSince === null && fault === null) return <span>{Enabled ? t.works : t.off}</span>;
        return (
          <>
            {OutOfOrderSince === null ? null : (
              <>
                <strong className="bad">{t.outOfOrder(since(OutOfOrderSince))}</strong>
                <div>{t.first(said(What ?? '', WhatZh ?? ''))}</div>
              </>
            )}
            {fault && fault !== What ? <div className="bad">{t.fails(said(fault, ErrorZh ?? fault))}</div> : null}
          </>
        );
      },
    },
    {
      may: 'gates.clear',
      cell: ({ Gate, OutOfOrderSince }) => (OutOfOrderSince === null ? null : <End gate={Gate} by="clear" />),
    },
  ];
  return (
    <Panel>
      <RowsTable caption={t.state} columns={columns} rows={gates} rowKey={({ Gate }) => Gate} />
    </Panel>
  );
}

/** Guests whom no sensor saw go through; `#missed` of the kiosk's link leads here. */
function Missed({ entries }: { entries: readonly EntryRow[] }) {
  const t = useWords(WORDS);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (window.location.hash === '#missed') place.current?.scrollIntoView();
  }, []);
  const undo = { may: 'entries.undo-unpassed', cell: (entry: EntryRow) => <UndoButton entry={entry} unpassed /> };
  return (
    <div id="missed" ref={place}>
      <TablePanel
        title={t.missed}
        about={t.missedText}
        columns={[...ticketColumns<EntryRow>('CheckTime'), undo]}
        rows={entries}
        rowKey={({ RecordId }) => RecordId}
      />
    </div>
  );
}
