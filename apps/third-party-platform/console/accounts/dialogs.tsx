import type { AccountRow } from '@ticket-check/admin/account-row';
import {
  ChangeButton,
  CinemasField,
  type FilledCinemas,
  filledCinemas,
  NameField,
  Panel,
  Picker,
  shownTime,
  useWords,
} from '@ticket-check/console';
import { Button, Form, Input } from 'antd';
import { WORDS } from './words.ts';

/** Names and codes are not what a browser can complete or correct. */
const AS_TYPED = { autoComplete: 'off', spellCheck: false };

type OfAccount = { account: AccountRow };

/** Asks what people call a terminal; left empty, by its account. */
export function DisplayName({ account }: OfAccount) {
  const t = useWords(WORDS);
  return (
    <ChangeButton
      label={t.name}
      title={t.nameTitle(account.Username)}
      submit={t.save}
      path="/accounts/name"
      body={({ displayName = '' }) => ({ Username: account.Username, DisplayName: displayName })}
    >
      <p>{t.nameText}</p>
      <Form.Item name="displayName" label={t.displayName} initialValue={account.DisplayName ?? ''}>
        <Input maxLength={32} placeholder={t.displayNameHint} {...AS_TYPED} />
      </Form.Item>
    </ChangeButton>
  );
}

/** Asks which account this one was issued to replace, and saves it; empty means none. */
export function Replaces({ account }: OfAccount) {
  const t = useWords(WORDS);
  return (
    <ChangeButton
      label={t.replaces}
      title={t.replacesTitle(account.Username)}
      submit={t.save}
      path="/accounts/replaces"
      body={({ former = '' }) => ({ Username: account.Username, Former: former || null })}
      hasPreview
      needsPassword
    >
      <p>{t.replacesText}</p>
      <Form.Item name="former" label={t.former} initialValue={account.Replaces ?? ''}>
        <Picker of="account" placeholder={t.formerHint} />
      </Form.Item>
    </ChangeButton>
  );
}

type Filled = FilledCinemas & { readonly username: string };

/** Asks for whom an account is, and has it made. */
export function NewAccount({ kind, done }: { kind: 'enrol' | 'add' | 'addSeller'; done(made: Made): void }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton<Made, Filled>
      label={t[kind]}
      button={{ type: kind === 'enrol' ? 'primary' : 'default' }}
      title={t[kind]}
      submit={t.make}
      path={kind === 'enrol' ? '/accounts/enrol' : '/accounts/add'}
      body={({ username, ...cinemas }) => ({
        Username: username.trim(),
        CinemaCodes: filledCinemas(cinemas),
        ...(kind === 'addSeller' && { Role: 'seller' }),
      })}
      needsPassword
      done={done}
    >
      <p>{t[`${kind}Text`]}</p>
      <NameField name="username" label={t.username} hint={t.usernameHint} pattern={/^\s*[A-Za-z0-9._-]{1,64}\s*$/} />
      <CinemasField />
    </ChangeButton>
  );
}

/** What the service answers once to a new account. */
export type Made =
  | { readonly Username: string; readonly Bundle: string }
  | {
      readonly Username: string;
      readonly Text: string;
      readonly Symbol: { readonly Size: number; readonly Path: string };
      readonly GoodUntil: string;
    };

/** Shows what is handed over once: the QR symbol of an enrolment, or the file of an account. */
export function MadeOnce({ made, close }: { made: Made; close(): void }) {
  const t = useWords(WORDS);
  const finish = <Button onClick={close}>{t.done}</Button>;
  if ('Bundle' in made) {
    const file = `data:application/json;charset=utf-8,${encodeURIComponent(made.Bundle)}`;
    return (
      <Panel title={t.bundle(made.Username)} actions={finish}>
        <p>{t.bundleText}</p>
        <a href={file} download={`${made.Username}.json`}>
          {t.download}
        </a>
      </Panel>
    );
  }
  const { Size, Path } = made.Symbol;
  return (
    <Panel title={t.enrolled(made.Username)} actions={finish}>
      <p>{t.scan}</p>
      <svg
        role="img"
        aria-label={t.symbol}
        width={Size * 6}
        height={Size * 6}
        viewBox={`0 0 ${Size} ${Size}`}
        shapeRendering="crispEdges"
      >
        <rect width={Size} height={Size} fill="#fff" />
        <path d={Path} fill="#000" />
      </svg>
      <p className="quiet">{t.scanText(shownTime(made.GoodUntil))}</p>
      <p>
        {t.text}: <code>{made.Text}</code>
      </p>
    </Panel>
  );
}
