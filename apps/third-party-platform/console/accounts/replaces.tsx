import { ChangeDialog, useWords } from '@ticket-check/console';
import { Input } from 'antd';
import { useId, useState } from 'react';
import { WORDS } from './words.ts';

/** Asks which account this one was issued to replace, and saves it; empty means none. */
export function Replaces({ username, before, close }: { username: string; before: string | null; close(): void }) {
  const t = useWords(WORDS);
  const [former, setFormer] = useState(before ?? '');
  const id = useId();
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
      <div className="filter">
        <label htmlFor={id}>{t.former}</label>
        <Input
          id={id}
          value={former}
          onChange={({ target }) => setFormer(target.value)}
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          placeholder={t.formerHint}
        />
      </div>
    </ChangeDialog>
  );
}
