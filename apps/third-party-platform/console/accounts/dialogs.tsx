import { Answered, ChangeButton, Panel, shownTime, useWords } from '@ticket-check/console';
import { Button, Form, Input } from 'antd';
import { WORDS } from './words.ts';

/** Names and codes are not what a browser can complete or correct. */
const AS_TYPED = { autoComplete: 'off', spellCheck: false };

type OfAccount = {
  account: { readonly Username: string; readonly DisplayName: string | null; readonly Replaces: string | null };
};

/** Asks what people call a terminal; left empty, by its account. */
export function DisplayName({ account }: OfAccount) {
  const t = useWords(WORDS);
  return (
    <ChangeButton
      label={t.name}
      title={t.nameTitle(account.Username)}
      submit={t.save}
      path="/accounts/name"
      body={({ displayName = '' }) => ({ username: account.Username, displayName })}
      problems={t.problems}
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
      body={({ former = '' }) => ({ username: account.Username, former: former.trim() || null })}
      needsPassword
      problems={{ ...t.problems, 'bad-input': { title: t.usernameNeeded, text: '' } }}
    >
      <p>{t.replacesText}</p>
      <Form.Item name="former" label={t.former} initialValue={account.Replaces ?? ''}>
        <Input maxLength={64} placeholder={t.formerHint} {...AS_TYPED} />
      </Form.Item>
    </ChangeButton>
  );
}

const ROLE = { add: { role: 'platform' }, addSeller: { role: 'seller' }, enrol: {} } as const;

/** Asks for whom an account is, and has it made. */
export function NewAccount({ kind, done }: { kind: 'enrol' | 'add' | 'addSeller'; done(made: Made): void }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton<Made>
      label={t[kind]}
      button={{ type: kind === 'enrol' ? 'primary' : 'default' }}
      title={t[kind]}
      submit={t.make}
      path={kind === 'enrol' ? '/accounts/enrol' : '/accounts/add'}
      body={({ username = '', cinemas = '' }) => {
        const codes = cinemas.split(/[,，\s]+/).filter((code) => code !== '');
        return { username: username.trim(), cinemaCodes: codes[0] === '*' ? 'all' : codes, ...ROLE[kind] };
      }}
      needsPassword
      problems={{ ...t.problems, 'bad-input': { title: t.usernameNeeded, text: t.cinemasNeeded } }}
      done={done}
    >
      <p>{t[`${kind}Text`]}</p>
      <Form.Item name="username" label={t.username}>
        <Input maxLength={64} placeholder={t.usernameHint} {...AS_TYPED} />
      </Form.Item>
      <Form.Item name="cinemas" label={t.cinemas}>
        <Input placeholder={t.cinemasHint} {...AS_TYPED} />
      </Form.Item>
    </ChangeButton>
  );
}

/** Of `/fleet.json`. */
type TerminalLeft = {
  readonly Username: string;
  readonly LastHeardAt: string | null;
  readonly State: { readonly Waiting: number; readonly Parked: number } | null;
};

/** How many check records the terminal of an account says that it still has to report. */
export function LeftBehind({ username }: { username: string }) {
  const t = useWords(WORDS);
  return (
    <Answered<{ readonly Terminals: readonly TerminalLeft[] }>
      path={`/fleet.json?${new URLSearchParams({ q: username })}`}
    >
      {({ Terminals }) => {
        const told = Terminals.find(({ Username }) => Username === username);
        if (!told?.State || told.LastHeardAt === null) return <p>{t.leftUnknown}</p>;
        const { Waiting, Parked } = told.State;
        return <p>{t.left(Waiting + Parked, shownTime(told.LastHeardAt))}</p>;
      }}
    </Answered>
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
