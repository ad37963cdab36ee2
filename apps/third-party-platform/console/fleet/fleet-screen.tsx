import {
  AdviceList,
  inEachLanguage,
  ListScreen,
  ScreenButton,
  Since,
  useLanguage,
  useSince,
  useWords,
} from '@ticket-check/console';
import { Tag } from 'antd';
import { SEVERITIES, SEVERITY_WORDS } from '../../src/fleet/severities.ts';
import type { TerminalRow } from '../../src/fleet/terminal-row.ts';
import { AccountName } from '../accounts/account-name.tsx';

const WORDS = inEachLanguage({
  about: [
    '每台终端最近一次上报的状态，需要处理的在前。',
    'How each terminal was when it was last heard; those that need somebody come first.',
  ],
  search: ['账号、名称或影院编码', 'Name or cinema code'],
  searchHint: ['账号或名称的一部分，或完整的影院编码', 'Part of the account or name, or a whole cinema code'],
  state: ['状态', 'State'],
  todo: ['问题和处理办法', 'What is wrong, and what to do'],
  well: ['无需处理', 'Nothing to do'],
  never: ['从未', 'never'],
  devices: ['闸机和扫码枪', 'Gates and scanners'],
  gate: (name: string) => [`闸机 ${name}`, `Gate ${name}`],
  scanner: (name: string) => [`扫码枪 ${name}`, `Scanner ${name}`],
  unadmitted: (count: number, last: string) => [
    `${count} 人未经放行通过，最近一次 ${last}`,
    `${count} went through without being admitted, the last at ${last}`,
  ],
  works: ['正常', 'works'],
  off: ['未启用', 'off'],
  outOfOrder: ['停用', 'out of order'],
  records: ['检票记录', 'Check records'],
  reported: ['全部已上报', 'all reported'],
  waiting: (count: number) => [`${count} 条待上报`, `${count} to be reported`],
  refused: (count: number) => [`${count} 条被拒收`, `${count} refused`],
  refusedToday: ['今日拒绝入场', 'Refused today'],
  somebody: ['有拒绝的', 'somebody'],
  oldest: ['最早', 'the oldest of'],
  keys: ['公钥更新', 'Keys came'],
  noKeys: ['没有公钥', 'there are none'],
  ahead: (seconds: number) => [`时钟相差 ${seconds} 秒`, `Clock ${seconds} s off`],
  version: ['版本', 'Version'],
  started: ['启动于', 'started'],
  none: ['还没有终端', 'There is no terminal yet'],
  noneText: [
    '在“接入账号”页面为终端新建账号；终端接入后就会出现在这里。',
    'Add an account for it on the page of accounts; it is shown here once it is connected.',
  ],
  noneNext: ['签发账号', 'Issue an account'],
});

const COLOURS = { error: 'error', warning: 'warning', note: 'default', well: 'success' } as const;

export default function FleetScreen() {
  const t = useWords(WORDS);
  const language = useLanguage();
  return (
    <ListScreen<TerminalRow>
      words={t}
      fields={[
        { name: 'q', kind: 'text', label: t.search, hint: t.searchHint },
        {
          ...{ name: 'severity', kind: 'choice', label: t.state },
          choices: Object.fromEntries(SEVERITIES.map((one) => [one, SEVERITY_WORDS[one][language]])),
        },
        { name: 'refused', kind: 'choice', label: t.refusedToday, choices: { 1: t.somebody } },
      ]}
      columns={[
        { of: 'Account', cell: (account) => <AccountName account={account} /> },
        {
          head: t.state,
          by: ({ Severity }) => SEVERITIES.indexOf(Severity),
          cell: ({ Severity }) => <Tag color={COLOURS[Severity]}>{SEVERITY_WORDS[Severity][language]}</Tag>,
        },
        { head: t.todo, of: 'Advice', cell: ({ Advice }) => <AdviceList advice={Advice} fine={t.well} /> },
        { of: 'LastHeardAt', cell: ({ LastHeardAt }) => <Since at={LastHeardAt} never={t.never} /> },
        {
          head: t.devices,
          by: ({ State }) => State?.Gates[0]?.Name,
          cell: ({ State }) => (State === null ? '–' : <Devices state={State} />),
        },
        { head: t.refusedToday, of: 'Refused' },
        {
          head: t.records,
          by: ({ State }) => State && State.Waiting + State.Parked,
          cell: ({ State }) => {
            if (State === null) return '–';
            const { Waiting, Parked, OldestUnsentAt } = State;
            if (Waiting + Parked === 0) return t.reported;
            return (
              <>
                {Waiting > 0 ? <div>{t.waiting(Waiting)}</div> : null}
                {Parked > 0 ? <div>{t.refused(Parked)}</div> : null}
                {OldestUnsentAt === null ? null : (
                  <div className="quiet">
                    {t.oldest} <Since at={OldestUnsentAt} />
                  </div>
                )}
              </>
            );
          },
        },
        {
          head: t.keys,
          by: ({ State }) => State?.KeysCameAt,
          cell: ({ State }) => (State === null ? '–' : <Since at={State.KeysCameAt} never={t.noKeys} />),
        },
        {
          head: t.version,
          by: ({ State }) => State?.Version,
          cell: ({ State }) => {
            if (State === null) return '–';
            const offSeconds = Math.round(Math.abs(State.ClockOffsetMs ?? 0) / 1000);
            return (
              <>
                {State.Version}
                <div className="quiet">
                  {t.started} <Since at={State.StartedAt} />
                </div>
                {offSeconds < 1 ? null : <div className="quiet">{t.ahead(offSeconds)}</div>}
              </>
            );
          },
        },
      ]}
      rowKey={({ Username }) => Username}
      noneNext={<ScreenButton href="/accounts">{t.noneNext}</ScreenButton>}
    />
  );
}

function Devices({ state: { Gates, Scanners, Unadmitted } }: { state: NonNullable<TerminalRow['State']> }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const since = useSince();
  const shown = [
    ...Gates.map((device) => ({ name: t.gate(device.Name), device })),
    ...Scanners.map((device) => ({ name: t.scanner(device.Name), device })),
  ];
  if (shown.length === 0) return '–';
  return (
    <>
      {shown.map(({ name, device: { Error: fault, ErrorZh, Enabled, OutOfOrderSeconds } }) => (
        <div key={name} className={fault === null && OutOfOrderSeconds === null ? undefined : 'bad'}>
          {name}:{' '}
          {(language === 'zh' ? ErrorZh : fault) ??
            (OutOfOrderSeconds !== null ? t.outOfOrder : Enabled ? t.works : t.off)}
        </div>
      ))}
      {Unadmitted.map(({ Gate, Count, LastAt }) => (
        <div key={Gate} className="bad">
          {t.gate(Gate)}: {t.unadmitted(Count, since(LastAt))}
        </div>
      ))}
    </>
  );
}
