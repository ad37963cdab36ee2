import {
  Actions,
  Answered,
  ChangeButton,
  inEachLanguage,
  Panel,
  QrSymbol,
  type QrSymbolRow,
  ShownOnce,
  Since,
  useWords,
} from '@ticket-check/console';

const WORDS = inEachLanguage({
  title: ['我的放行工牌', 'My badge'],
  about: [
    '在检票口放行刚被拒绝的观众：用该检票口的扫码枪扫工牌，在屏幕上输入 PIN，点选原因。',
    'Lets in, at the gate, the guest who was just refused: scan the badge there, type the PIN on the screen, touch a reason.',
  ],
  none: ['您还没有工牌。', 'You have no badge.'],
  since: ['工牌制作于', 'Your badge was made at'],
  make: ['制作工牌', 'Make a badge'],
  replace: ['重新制作', 'Make another'],
  replaces: ['原来的工牌立即失效。', 'The badge that you have stops working at once.'],
  once: [
    '工牌只显示这一次：请打印或拍照，随身保管，不要与 PIN 放在一起。',
    'The badge is shown this once. Print or photograph it, carry it with you, and keep the PIN apart from it.',
  ],
  symbol: ['工牌二维码', 'QR code of the badge'],
  revoke: ['作废工牌', 'Revoke the badge'],
  revokeText: ['工牌立即失效。遗失时请马上作废。', 'The badge stops working at once. Do this when you have lost it.'],
  revoked: ['工牌已作废。', 'The badge is revoked.'],
});

/** One's own badge, with which a supervisor lets a guest in at the gate. */
export function Badge() {
  const t = useWords(WORDS);
  return (
    <Panel title={t.title}>
      <p className="quiet">{t.about}</p>
      <Answered<{ MadeAt: string | null }> path="/badge.json">
        {({ MadeAt }) => (
          <>
            <p>
              {MadeAt === null ? t.none : t.since} <Since at={MadeAt} never="" />
            </p>
            <Actions>
              <ChangeButton<{ Symbol: QrSymbolRow }>
                label={MadeAt === null ? t.make : t.replace}
                path="/badge/make"
                made={({ Symbol: symbol }, close) => (
                  <ShownOnce title={t.title} text={t.once} close={close}>
                    <QrSymbol of={symbol} label={t.symbol} />
                  </ShownOnce>
                )}
              >
                {MadeAt === null ? null : <p>{t.replaces}</p>}
              </ChangeButton>
              {MadeAt === null ? null : (
                <ChangeButton label={t.revoke} path="/badge/revoke" said={() => t.revoked}>
                  <p>{t.revokeText}</p>
                </ChangeButton>
              )}
            </Actions>
          </>
        )}
      </Answered>
    </Panel>
  );
}
