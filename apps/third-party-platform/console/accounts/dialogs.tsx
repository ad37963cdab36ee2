import { Answered, ChangeDialog, Panel, shownTime, useJson, useWords } from '@ticket-check/console';
import { Button, Input } from 'antd';
import { useId, useState } from 'react';
import { WORDS } from './words.ts';

type Field = { label: string; value: string; change(text: string): void; placeholder: string; maxLength?: number };

function TextField({ label, change, ...input }: Field) {
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <Input id={id} {...input} onChange={({ target }) => change(target.value)} autoComplete="off" spellCheck={false} />
    </div>
  );
}

type OfAccount = { username: string; before: string | null; close(): void };

/** Asks what people call a terminal; left empty, by its account. */
export function DisplayName({ username, before, close }: OfAccount) {
  const t = useWords(WORDS);
  const [name, setName] = useState(before ?? '');
  return (
    <ChangeDialog
      title={t.nameTitle(username)}
      submit={t.save}
      path="/accounts/name"
      body={{ username, displayName: name }}
      problems={t.problems}
      done={() => {}}
      close={close}
    >
      <p>{t.nameText}</p>
      <TextField label={t.displayName} value={name} change={setName} maxLength={32} placeholder={t.displayNameHint} />
    </ChangeDialog>
  );
}

/** Asks which account this one was issued to replace, and saves it; empty means none. */
export function Replaces({ username, before, close }: OfAccount) {
  const t = useWords(WORDS);
  const [former, setFormer] = useState(before ?? '');
  const name = former.trim();
  return (
    <ChangeDialog
      title={t.replacesTitle(username)}
      submit={t.save}
      path="/accounts/replaces"
      body={{ username, former: name === '' ? null : name }}
      needsPassword
      problems={{ ...t.problems, 'bad-input': { title: t.usernameNeeded, text: '' } }}
      done={() => {}}
      close={close}
    >
      <p>{t.replacesText}</p>
      <TextField label={t.former} value={former} change={setFormer} maxLength={64} placeholder={t.formerHint} />
    </ChangeDialog>
  );
}

export type NewAccountKind = 'enrol' | 'add' | 'addSeller';

const ROLE = { add: { role: 'platform' }, addSeller: { role: 'seller' }, enrol: {} } as const;

/** Asks for whom an account is, and has it made. */
export function NewAccount({ kind, done, close }: { kind: NewAccountKind; done(made: Made): void; close(): void }) {
  const t = useWords(WORDS);
  const [username, setUsername] = useState('');
  const [cinemas, setCinemas] = useState('');
  const codes = cinemas.split(/[,，\s]+/).filter((code) => code !== '');
  return (
    <ChangeDialog<Made>
      title={t[kind]}
      submit={t.make}
      path={kind === 'enrol' ? '/accounts/enrol' : '/accounts/add'}
      body={{ username: username.trim(), cinemaCodes: codes[0] === '*' ? 'all' : codes, ...ROLE[kind] }}
      needsPassword
      problems={{
        ...t.problems,
        'bad-input': { title: t.usernameNeeded, text: t.cinemasNeeded },
      }}
      done={done}
      close={close}
    >
      <p>{t[`${kind}Text`]}</p>
      <TextField label={t.username} value={username} change={setUsername} maxLength={64} placeholder={t.usernameHint} />
      <TextField label={t.cinemas} value={cinemas} change={setCinemas} placeholder={t.cinemasHint} />
    </ChangeDialog>
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
  const answer = useJson<{ readonly Terminals: readonly TerminalLeft[] }>(
    `/fleet.json?${new URLSearchParams({ q: username })}`,
  );
  return (
    <Answered query={answer}>
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
