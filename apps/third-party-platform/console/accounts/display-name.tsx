import { ChangeDialog, useWords } from '@ticket-check/console';
import { Input } from 'antd';
import { useId, useState } from 'react';
import { WORDS } from './words.ts';

/** Asks what people call a terminal; left empty, by its account. */
export function DisplayName({ username, before, close }: { username: string; before: string | null; close(): void }) {
  const t = useWords(WORDS);
  const [name, setName] = useState(before ?? '');
  const id = useId();
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
      <div className="filter">
        <label htmlFor={id}>{t.displayName}</label>
        <Input
          id={id}
          value={name}
          onChange={({ target }) => setName(target.value)}
          maxLength={32}
          autoComplete="off"
          spellCheck={false}
          placeholder={t.displayNameHint}
        />
      </div>
    </ChangeDialog>
  );
}
