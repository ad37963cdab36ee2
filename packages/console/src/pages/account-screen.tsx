import type { OwnAccount, WithCodes } from '@ticket-check/admin/own-account';
import { Alert, Form, Input } from 'antd';
import { useBegun, useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { Facts } from '../look/facts.tsx';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered } from '../states/states.tsx';
import { WORDS } from './account-words.ts';
import { SessionsTable } from './operators-screen.tsx';
import { AuthenticatorApp, Passkeys, shownCodes } from './second-factor-parts.tsx';

export default function AccountScreen() {
  const t = useWords(WORDS);
  return (
    <ScreenPage title={t.title}>
      <Answered<OwnAccount> path="/account.json">{(account) => <Parts account={account} />}</Answered>
    </ScreenPage>
  );
}

function Parts({ account }: { account: OwnAccount }) {
  const t = useWords(WORDS);
  const { Operator, HasFirstDuty } = useBegun();
  const { Username, TotpSince, RecoveryCodes, Passkeys: passkeys } = account;
  return (
    <>
      {HasFirstDuty ? <Alert type="warning" showIcon title={t.demanded} /> : null}
      <Panel>
        <Facts of={account} show={[[t.username, Username], [t.role, Operator.RoleName], 'CinemaCodes']} />
        <ChangePassword />
      </Panel>
      <Panel title={t.secondFactor}>
        <AuthenticatorApp since={TotpSince} />
        {TotpSince === null && passkeys.length === 0 ? null : (
          <>
            <h3>{t.codes.title}</h3>
            <p>{t.codes.left(RecoveryCodes)}</p>
            <ChangeButton<WithCodes> submit={t.codes.make} path="/account/make-recovery-codes" made={shownCodes}>
              <p>{t.codes.renewText}</p>
            </ChangeButton>
          </>
        )}
        <h3>{t.passkeys.title}</h3>
        <Passkeys passkeys={passkeys} />
      </Panel>
      <OwnSessions account={account} />
    </>
  );
}

function ChangePassword() {
  const t = useWords(WORDS);
  return (
    <ChangeButton
      submit={t.savePassword}
      path="/account/password"
      // The session is another one, and with it the token of this page.
      done={() => window.location.reload()}
    >
      <p>{t.changeText}</p>
      <Form.Item name="Chosen" label={t.chosen} rules={[{ required: true, message: t.needed }]}>
        <Input.Password autoComplete="new-password" visibilityToggle={false} maxLength={256} />
      </Form.Item>
      <Form.Item
        name="repeated"
        label={t.repeated}
        dependencies={['Chosen']}
        rules={[
          ({ getFieldValue }) => ({
            async validator(_, repeated) {
              if (repeated !== getFieldValue('Chosen')) throw new Error(t.different);
            },
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" visibilityToggle={false} maxLength={256} />
      </Form.Item>
    </ChangeButton>
  );
}

function OwnSessions({ account: { Sessions, ThisSession } }: { account: OwnAccount }) {
  const { sessions: t } = useWords(WORDS);
  const end = (Session: string) =>
    Session === ThisSession ? (
      <strong>{t.thisOne}</strong>
    ) : (
      <ChangeButton label={t.end} button={{ size: 'small' }} path="/account/end" body={{ Session }}>
        <p>{t.endText}</p>
      </ChangeButton>
    );
  return (
    <Panel title={t.title}>
      <p className="quiet">{t.intro}</p>
      <SessionsTable sessions={Sessions} end={end} />
      {Sessions.length > 1 ? (
        <ChangeButton label={t.endOthers} path="/account/end" body={{ Session: null }}>
          <p>{t.othersText(Sessions.length - 1)}</p>
        </ChangeButton>
      ) : (
        <p className="quiet">{t.onlyOne}</p>
      )}
    </Panel>
  );
}
