import {
  Answered,
  type Column,
  type InEachLanguage,
  LiveLabel,
  Panel,
  RowsTable,
  shownTime,
  useLiveJson,
  useWords,
} from '@ticket-check/console';

/** A key as `/e-ticket-keys.json` has it. */
type ETicketKey = {
  readonly KeyId: string;
  readonly State: 'SIGNS' | 'NEXT' | 'REPLACED' | 'FORMER' | 'REVOKED';
  readonly ValidFrom: string;
  readonly SignsUntil: string;
  readonly ValidUntil: string;
  readonly RevokedAt: string | null;
};

const zh = {
  title: '电子影票密钥',
  about:
    '本平台用这些密钥给电子影票的票码签名。密钥自动生成和更换，提前一天发给终端，平时无需处理。私钥可能泄露时，请立即执行命令 eticket-key revoke <密钥编号>。',
  key: '密钥编号',
  state: '状态',
  states: {
    SIGNS: { state: '正在签名', todo: '无需处理，到期前自动更换' },
    NEXT: { state: '待启用', todo: '无需处理，终端正在取得，到时自动启用' },
    REPLACED: {
      state: '已被替换',
      todo: '不再签名，但用它签名的票码在所示时间之前仍然有效；如果可能已泄露，请立即吊销',
    },
    FORMER: { state: '已失效', todo: '无需处理，失效一天后自动删除' },
    REVOKED: {
      state: '已吊销',
      todo: '终端得知吊销后，拒绝用它签名的票码（离线终端可能稍后）；电子影票页面已自动换用其他密钥',
    },
  },
  signs: '签名时间',
  span: (from: string, until: string) => `${from} 至 ${until}`,
  accepted: '票码有效至',
  revokedAt: (time: string) => `${time} 吊销`,
  none: '还没有密钥。服务运行后一分钟内自动生成。',
};
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    title: 'Keys of e-tickets',
    about:
      'This platform signs the codes of e-tickets with these keys. They are created and rotated automatically, and terminals receive each one a day before it is used: there is nothing to do. If a private key may have leaked, run `eticket-key revoke <key>` at once.',
    key: 'Key',
    state: 'State',
    states: {
      SIGNS: { state: 'Signing', todo: 'Nothing to do: it is replaced automatically before it expires' },
      NEXT: { state: 'Next', todo: 'Nothing to do: terminals are fetching it; it starts signing at the time shown' },
      REPLACED: {
        state: 'Replaced',
        todo: 'No longer signs, but its codes are accepted until the time shown. Revoke it if it may have leaked',
      },
      FORMER: { state: 'Expired', todo: 'Nothing to do: it is deleted one day after its last code expires' },
      REVOKED: {
        state: 'Revoked',
        todo: 'Terminals refuse its codes once they learn of the revocation (offline ones later). E-ticket pages already use another key',
      },
    },
    signs: 'Signs',
    span: (from, until) => `${from} to ${until}`,
    accepted: 'Codes good until',
    revokedAt: (time) => `revoked ${time}`,
    none: 'No keys yet. One is created within a minute of the service starting.',
  },
};

/** The keys that e-tickets are signed with, and what is to be done about each. */
export function ETicketKeys() {
  const t = useWords(WORDS);
  const { answer, freshness } = useLiveJson<{ readonly Keys: readonly ETicketKey[] }>(
    '/e-ticket-keys.json',
    'e-ticket-keys',
  );
  const columns: readonly Column<ETicketKey>[] = [
    { head: t.key, cell: ({ KeyId }) => <code>{KeyId}</code> },
    {
      head: t.state,
      cell: ({ State, RevokedAt }) => (
        <>
          <strong className={State === 'REVOKED' ? 'bad' : undefined}>{t.states[State].state}</strong>
          {RevokedAt === null ? null : <div className="quiet">{t.revokedAt(shownTime(RevokedAt))}</div>}
          <div className="quiet">{t.states[State].todo}</div>
        </>
      ),
    },
    { head: t.signs, cell: ({ ValidFrom, SignsUntil }) => t.span(shownTime(ValidFrom), shownTime(SignsUntil)) },
    { head: t.accepted, cell: ({ ValidUntil }) => shownTime(ValidUntil) },
  ];
  return (
    <Panel title={t.title}>
      <p className="quiet">{t.about}</p>
      <Answered query={answer}>
        {({ Keys }) => (
          <>
            <LiveLabel freshness={freshness} />
            {Keys.length === 0 ? (
              <p>{t.none}</p>
            ) : (
              <RowsTable caption={t.title} columns={columns} rows={Keys} rowKey={({ KeyId }) => KeyId} />
            )}
          </>
        )}
      </Answered>
    </Panel>
  );
}
