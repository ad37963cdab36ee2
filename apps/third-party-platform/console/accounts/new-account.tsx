import { ChangeDialog, useWords } from '@ticket-check/console';
import { Input } from 'antd';
import { useId, useState } from 'react';
import type { Made } from './made-once.tsx';
import { WORDS } from './words.ts';

export type NewAccountKind = 'enrol' | 'add' | 'addSeller';

const ROLE = { add: { role: 'platform' }, addSeller: { role: 'seller' }, enrol: {} } as const;

/** Asks for whom an account is, and has it made. */
export function NewAccount({ kind, done, close }: { kind: NewAccountKind; done(made: Made): void; close(): void }) {
  const t = useWords(WORDS);
  const [username, setUsername] = useState('');
  const [cinemas, setCinemas] = useState('');
  const [nameId, cinemasId] = [useId(), useId()];
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
      <div className="filter">
        <label htmlFor={nameId}>{t.username}</label>
        <Input
          id={nameId}
          value={username}
          onChange={({ target }) => setUsername(target.value)}
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          placeholder={t.usernameHint}
        />
      </div>
      <div className="filter">
        <label htmlFor={cinemasId}>{t.cinemas}</label>
        <Input
          id={cinemasId}
          value={cinemas}
          onChange={({ target }) => setCinemas(target.value)}
          autoComplete="off"
          spellCheck={false}
          placeholder={t.cinemasHint}
        />
      </div>
    </ChangeDialog>
  );
}
