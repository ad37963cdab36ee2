import { Answered, ChangeButton, inEachLanguage, Panel, ScreenPage, useWords } from '@ticket-check/console';

/** The answer of `/enrolment.json`. */
type Enrolment = {
  readonly Upstream: { readonly Host: string; readonly Account: string } | null;
  readonly Offered: {
    readonly Offer: string;
    readonly Host: string;
    readonly Account: string;
    readonly Step: 'offered' | 'under-way' | 'failed';
    readonly Fault: string | null;
  } | null;
};

const WORDS = inEachLanguage({
  isSet: (host: string, account: string) => [
    `本终端已接入 ${host}，账号 ${account}。`,
    `This terminal is connected to ${host} as ${account}.`,
  ],
  change: [
    '改接其他平台或账号，请在本机执行 upstream enrol。',
    'To connect it to another platform or account, run upstream enrol on this machine.',
  ],
  none: [
    '本终端尚未设置：还没有接入平台，无法检票。',
    'This terminal is not set up: no platform is set, and no ticket can be checked.',
  ],
  how: [
    '请平台管理员在“接入账号”页面为本终端生成二维码，用扫码枪或检票页面的摄像头扫描，或填写二维码旁的文本。',
    'Have the administrator of the platform make a QR code for it on the page Client accounts. Scan it with the scanner or with the camera of the kiosk page, or enter the text beside it.',
  ],
  next: ['下一步', 'Next'],
  check: [
    '请与平台管理员核对平台地址和账号，一致后再确认。',
    'Compare platform and account with the administrator of the platform before you confirm.',
  ],
  offered: (host: string, account: string) => [`平台 ${host}，账号 ${account}`, `platform ${host}, account ${account}`],
  failed: [
    '未能接入。请核对后重试，或请管理员重新生成二维码。',
    'The terminal could not be connected. Check both and try again, or have the administrator make another QR code.',
  ],
  problems: {
    'no-enrolment': {
      title: ['这不是终端注册文本', 'This is not the text of an enrolment'],
      text: ['请核对后重新填写。', 'Check it and enter it again.'],
    },
    replaced: {
      title: ['没有接入', 'Nothing was connected'],
      text: [
        '在您确认之前，又扫描了另一个二维码。请关闭此窗口，核对新的平台和账号。',
        'Another code was scanned before you confirmed. Close this window, and compare the new platform and account.',
      ],
    },
  },
});

/** The platform above; a terminal that has none is connected here. */
export default function EnrolmentScreen() {
  const t = useWords(WORDS);
  return (
    <ScreenPage>
      <Panel>
        <Answered<Enrolment> path="/enrolment.json" live="enrolment">
          {({ Upstream, Offered }) =>
            Upstream !== null ? (
              <>
                <p className="good">{t.isSet(Upstream.Host, Upstream.Account)}</p>
                <p className="quiet">{t.change}</p>
              </>
            ) : (
              <>
                <p className="bad">
                  <strong>{t.none}</strong>
                </p>
                {Offered === null ? <Offer /> : <Confirm offered={Offered} />}
              </>
            )
          }
        </Answered>
      </Panel>
    </ScreenPage>
  );
}

function Offer() {
  const t = useWords(WORDS);
  return (
    <>
      <p>{t.how}</p>
      <ChangeButton button={{ type: 'primary' }} submit={t.next} path="/enrolment/offer" problems={t.problems} />
    </>
  );
}

function Confirm({ offered }: { offered: NonNullable<Enrolment['Offered']> }) {
  const t = useWords(WORDS);
  const { Offer: offer, Host, Account, Step, Fault } = offered;
  const facts = <strong>{t.offered(Host, Account)}</strong>;
  return (
    <>
      {Step === 'failed' ? (
        <div role="alert">
          <p className="bad">{t.failed}</p>
          <p lang="en">
            <code>{Fault}</code>
          </p>
        </div>
      ) : null}
      <p>{facts}</p>
      <div className="screen-actions">
        <ChangeButton
          key={offer}
          button={{ type: 'primary' }}
          path="/enrolment/confirm"
          body={{ Offer: offer }}
          problems={t.problems}
        >
          <p>{facts}</p>
          <p>{t.check}</p>
        </ChangeButton>
        <ChangeButton path="/enrolment/cancel">{facts}</ChangeButton>
      </div>
    </>
  );
}
