import type { Issued, OperatorRow } from '@ticket-check/operators/rows';
import { Form, Radio } from 'antd';
import { useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { CinemasField, type FilledCinemas, filledCinemas } from '../change/cinemas-field.tsx';
import { NameField } from '../change/name-field.tsx';
import { ShownOnce } from '../change/shown-once.tsx';
import { Cinema } from '../look/names.tsx';
import { epochOf, shownTime } from '../look/shown.ts';
import { ROLES, WORDS } from './operators-words.ts';

/** The cinemas that something is for. */
export function ShownCinemas({ codes }: { codes: readonly string[] }) {
  const t = useWords(WORDS);
  if (codes[0] === '*') return t.allCinemas;
  return codes.map((code) => (
    <div key={code}>
      <Cinema code={code} />
    </div>
  ));
}

export function OperatorState({ operator: { DisabledAt, OneTimeUntil } }: { operator: OperatorRow }) {
  const t = useWords(WORDS);
  if (DisabledAt !== null) return <span className="quiet">{t.disabled(shownTime(DisabledAt))}</span>;
  if (OneTimeUntil === null) return t.enabled;
  return epochOf(OneTimeUntil) < Date.now() ? t.oneTimeEnded : t.oneTime(shownTime(OneTimeUntil));
}

type Rights = Pick<OperatorRow, 'Role' | 'CinemaCodes'>;
type Filled = FilledCinemas & { readonly role: OperatorRow['Role']; readonly username: string };

const filledRights = ({ role, ...cinemas }: Filled): Rights => ({
  Role: role,
  CinemaCodes: role === 'administrator' ? ['*'] : [...filledCinemas(cinemas)],
});

/** Asks what somebody may do, in which cinemas. */
function RightsFields({ now }: { now?: Rights }) {
  const t = useWords(WORDS);
  const names = useWords(ROLES);
  const role = Form.useWatch<OperatorRow['Role'] | undefined>('role');
  const options = Object.entries(t.roles).map(([value, text]) => ({
    value,
    label: (
      <>
        {names[value as OperatorRow['Role']]}
        <div className="quiet">{text}</div>
      </>
    ),
  }));
  return (
    <>
      <Form.Item name="role" label={t.role} initialValue={now?.Role} rules={[{ required: true, message: t.choose }]}>
        <Radio.Group vertical options={options} />
      </Form.Item>
      {role === undefined || role === 'administrator' ? null : <CinemasField {...(now && { now: now.CinemaCodes })} />}
    </>
  );
}

export function NewOperator({ done }: { done(issued: Issued): void }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton<Issued, Filled>
      label={t.add}
      button={{ type: 'primary' }}
      title={t.add}
      submit={t.addSubmit}
      path="/operator/add"
      body={(filled) => ({ Username: filled.username.trim(), ...filledRights(filled) })}
      needsPassword
      done={done}
    >
      <NameField name="username" label={t.username} hint={t.usernameHint} />
      <RightsFields />
    </ChangeButton>
  );
}

export function ChangeRights({ operator: { Username, Role, CinemaCodes } }: { operator: OperatorRow }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton<object, Filled>
      label={t.rights}
      title={`${t.rights}: ${Username}`}
      submit={t.save}
      path="/operator/change"
      body={(filled) => ({ Username, ...filledRights(filled), From: { Role, CinemaCodes } })}
      needsPassword
      said={() => t.saved}
    >
      <RightsFields now={{ Role, CinemaCodes }} />
    </ChangeButton>
  );
}

/** Shows a one-time password this once. */
export function IssuedPassword({ issued, close }: { issued: Issued | null; close(): void }) {
  const t = useWords(WORDS);
  if (issued === null) return null;
  const { Username, OneTimePassword, ValidUntil } = issued;
  const text = t.issuedText(shownTime(ValidUntil));
  return <ShownOnce title={t.issued(Username)} text={text} secret={OneTimePassword} close={close} />;
}
