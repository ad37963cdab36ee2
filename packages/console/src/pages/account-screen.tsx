import type { OwnAccount, WithCodes } from '@ticket-check/admin/own-account';
import { Alert, Form, Input } from 'antd';
import { useState } from 'react';
import { useBegun, useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { ShownOnce } from '../change/shown-once.tsx';
import { Facts } from '../look/facts.tsx';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered } from '../states/states.tsx';
import { WORDS } from './account-words.ts';
import { SessionsTable } from './operators-parts.tsx';
import { AuthenticatorApp, Passkeys } from './second-factor-parts.tsx';

/** One's own account: who one is here, what a login needs, and where one is logged in. */
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
  const {
    Operator: { RoleName },
    HasFirstDuty,
  } = useBegun();
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const { Username, TotpSince, RecoveryCodes, Passkeys: passkeys } = account;
  const took = ({ RecoveryCodes: made }: WithCodes) => setCodes(made);
  return (
    <>
      {HasFirstDuty ? <Alert type="warning" showIcon title={t.demanded} /> : null}
      {codes === null ? null : (
        <ShownOnce
          title={t.codes.title}
          text={t.codes.text}
          secret={codes}
          close={HasFirstDuty ? leave : () => setCodes(null)}
        />
      )}
      <Panel>
        <Facts of={account} show={[[t.username, Username], [t.role, RoleName], 'CinemaCodes']} />
        <ChangePassword />
      </Panel>
      <Panel title={t.secondFactor}>
        <AuthenticatorApp since={TotpSince} took={took} />
        {TotpSince === null && passkeys.length === 0 ? null : (
          <>
            <h3>{t.codes.title}</h3>
            <p>{t.codes.left(RecoveryCodes)}</p>
            <ChangeButton<WithCodes> submit={t.codes.make} path="/account/make-recovery-codes" done={took}>
              <p>{t.codes.renewText}</p>
            </ChangeButton>
          </>
        )}
        <h3>{t.passkeys.title}</h3>
        <Passkeys passkeys={passkeys} took={took} />
      </Panel>
      <OwnSessions account={account} />
    </>
  );
}

/** Leads to where the login led to; the service looks at whether it is one of its pages. */
function leave(): void {
  const to = new URLSearchParams(window.location.search).get('return') ?? '/';
  window.location.assign(`/login?${new URLSearchParams({ return: to })}`);
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
