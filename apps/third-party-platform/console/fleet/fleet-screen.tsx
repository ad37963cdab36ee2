import {
  AdviceList,
  type Column,
  ListScreen,
  ScreenButton,
  Since,
  shownTime,
  useElementName,
  useLanguage,
  useWords,
} from '@ticket-check/console';
import { SEVERITIES, SEVERITY_WORDS } from '../../src/fleet/severities.ts';
import type { DeviceRow, TerminalRow } from '../../src/fleet/terminal-row.ts';
import { AccountName } from '../accounts/account-name.tsx';
import { WORDS } from './words.ts';

const isBad = ({ Error: error, OutOfOrderSeconds }: DeviceRow) => error !== null || OutOfOrderSeconds !== null;

/** What a device without a fault is. */
function conditionOf({ Enabled, OutOfOrderSeconds }: DeviceRow): 'outOfOrder' | 'works' | 'off' {
  if (OutOfOrderSeconds !== null) return 'outOfOrder';
  return Enabled ? 'works' : 'off';
}

const TONE: Readonly<Record<TerminalRow['Severity'], string>> = {
  error: 'label bad',
  warning: 'label warn',
  note: 'label',
  well: 'label good',
};

/** The terminals, the worst first, with what is wrong and what to do. */
export default function FleetScreen() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const nameOf = useElementName();
  const columns: readonly Column<TerminalRow>[] = [
    { head: nameOf('Account'), cell: (account) => <AccountName account={account} /> },
    {
      head: t.state,
      cell: ({ Severity }) => <span className={TONE[Severity]}>{SEVERITY_WORDS[Severity][language]}</span>,
    },
    { head: t.todo, cell: ({ Advice }) => <AdviceList advice={Advice} fine={t.well} /> },
    { head: t.heard, cell: ({ LastHeardAt }) => <Since at={LastHeardAt} never={t.never} /> },
    {
      head: t.devices,
      cell: ({ State }) => {
        const shown = [
          ...(State?.Gates ?? []).map((device) => ({ name: t.gate(device.Name), device })),
          ...(State?.Scanners ?? []).map((device) => ({ name: t.scanner(device.Name), device })),
        ];
        if (shown.length === 0) return t.noDevices;
        return (
          <div>
            {shown.map(({ name, device }) => (
              <div key={name} className={isBad(device) ? 'bad' : undefined}>
                {name}: {(language === 'zh' ? device.ErrorZh : device.Error) ?? t[conditionOf(device)]}
              </div>
            ))}
            {State?.Unadmitted.map(({ Gate, Count, LastAt }) => (
              <div key={`unadmitted ${Gate}`} className="bad">
                {t.gate(Gate)}: {t.unadmitted(Count, shownTime(LastAt))}
              </div>
            ))}
          </div>
        );
      },
    },
    {
      head: t.records,
      cell: ({ State }) => {
        if (State === null) return '–';
        const { Waiting, Parked, OldestUnsentAt } = State;
        if (Waiting + Parked === 0) return t.reported;
        return (
          <div>
            {Waiting > 0 ? <div>{t.waiting(Waiting)}</div> : null}
            {Parked > 0 ? <div>{t.refused(Parked)}</div> : null}
            {OldestUnsentAt === null ? null : (
              <div className="quiet">
                {t.oldest} <Since at={OldestUnsentAt} />
              </div>
            )}
          </div>
        );
      },
    },
    {
      head: t.keys,
      cell: ({ State }) => (State === null ? '–' : <Since at={State.KeysCameAt} never={t.noKeys} />),
    },
    {
      head: t.version,
      cell: ({ State }) =>
        State === null ? (
          '–'
        ) : (
          <div>
            {State.Version}
            <div className="quiet">
              {t.started} <Since at={State.StartedAt} />
            </div>
            {Math.abs(State.ClockOffsetMs ?? 0) < 1000 ? null : (
              <div className="quiet">
                {t.clock}: {t.ahead(Math.round(Math.abs(State.ClockOffsetMs ?? 0) / 1000))}
              </div>
            )}
          </div>
        ),
    },
  ];
  return (
    <ListScreen<TerminalRow>
      about={t.about}
      fields={[
        { name: 'q', kind: 'text', label: t.search, hint: t.searchHint },
        {
          ...{ name: 'severity', kind: 'choice', label: t.state },
          choices: Object.fromEntries(SEVERITIES.map((one) => [one, SEVERITY_WORDS[one][language]])),
        },
      ]}
      columns={columns}
      rowKey={({ Username }) => Username}
      none={t.none}
      noneText={t.noneText}
      noneNext={<ScreenButton href="/accounts">{t.noneNext}</ScreenButton>}
    />
  );
}
