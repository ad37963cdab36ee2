import { Answered, ChangeButton, inEachLanguage, Since, TablePanel, useWords } from '@ticket-check/console';
import type { ListedETicketKey } from '../../src/e-tickets/keys/e-ticket-key-row.ts';

const WORDS = inEachLanguage({
  title: ['电子影票密钥', 'Keys of e-tickets'],
  about: [
    '本平台用这些密钥给电子影票的票码签名。密钥自动生成和更换，提前一天发给终端，平时无需处理。私钥可能泄露时，请立即吊销。',
    'This platform signs the codes of e-tickets with these keys. They are created and rotated automatically, and terminals receive each one a day before it is used: there is nothing to do. If a private key may have leaked, revoke it at once.',
  ],
  key: ['密钥编号', 'Key'],
  algorithms: { ed25519: 'Ed25519', 'sm2-sm3': ['国密 SM2', 'SM2'] },
  state: ['状态', 'State'],
  states: {
    SIGNS: ['正在签名', 'Signing'],
    NEXT: ['待启用', 'Next'],
    REPLACED: ['已被替换', 'Replaced'],
    REVOKED: ['已吊销', 'Revoked'],
  },
  todo: {
    SIGNS: ['无需处理，到期前自动更换', 'Nothing to do: it is replaced automatically before it expires'],
    NEXT: [
      '无需处理，终端正在取得，到时自动启用',
      'Nothing to do: terminals are fetching it; it starts signing at the time shown',
    ],
    REPLACED: [
      '不再签名，用它签名的票码有效至所示时间，一天后自动删除；如果可能已泄露，请立即吊销',
      'No longer signs. Its codes are accepted until the time shown, and it is deleted a day later. Revoke it if it may have leaked',
    ],
    REVOKED: [
      '终端得知吊销后，拒绝用它签名的票码（离线终端可能稍后）；电子影票页面已自动换用其他密钥',
      'Terminals refuse its codes once they learn of the revocation (offline ones later). E-ticket pages already use another key',
    ],
  },
  signs: ['签名时间', 'Signs'],
  until: ['至', 'to'],
  accepted: ['票码有效至', 'Codes good until'],
  revoked: ['吊销', 'revoked'],
  revoke: ['吊销密钥', 'Revoke the key'],
  rotate: ['提前更换密钥', 'Make the next key now'],
  none: [
    '还没有密钥。服务运行后一分钟内自动生成。',
    'No keys yet. One is created within a minute of the service starting.',
  ],
});

export function ETicketKeys() {
  const t = useWords(WORDS);
  return (
    <Answered<{ readonly Keys: readonly ListedETicketKey[] }> path="/e-ticket-keys.json">
      {({ Keys }) => (
        <TablePanel<ListedETicketKey>
          title={t.title}
          actions={<ChangeButton label={t.rotate} path="/eticket-key/rotate" />}
          about={t.about}
          columns={[
            {
              head: t.key,
              of: 'KeyId',
              cell: ({ KeyId, Algorithm }) => (
                <>
                  <code>{KeyId}</code>
                  <div className="quiet">{t.algorithms[Algorithm]}</div>
                </>
              ),
            },
            {
              head: t.state,
              of: 'State',
              cell: ({ State, RevokedAt }) => (
                <>
                  <strong className={State === 'REVOKED' ? 'bad' : undefined}>{t.states[State]}</strong>
                  {RevokedAt === null ? null : (
                    <div className="quiet">
                      {t.revoked} <Since at={RevokedAt} />
                    </div>
                  )}
                  <div className="quiet">{t.todo[State]}</div>
                </>
              ),
            },
            {
              head: t.signs,
              of: 'ValidFrom',
              cell: ({ ValidFrom, SignsUntil }) => (
                <>
                  <Since at={ValidFrom} /> {t.until} <Since at={SignsUntil} />
                </>
              ),
            },
            { head: t.accepted, of: 'ValidUntil' },
            {
              may: 'service.manage',
              cell: ({ KeyId, RevokedAt }) =>
                RevokedAt === null ? (
                  <ChangeButton
                    label={t.revoke}
                    button={{ size: 'small' }}
                    about={KeyId}
                    path="/eticket-key/revoke"
                    body={{ KeyId }}
                  />
                ) : null,
            },
          ]}
          rows={Keys}
          rowKey={({ KeyId }) => KeyId}
          none={t.none}
        />
      )}
    </Answered>
  );
}
