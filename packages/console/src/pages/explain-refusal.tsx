import type { ExplainedRow } from '@ticket-check/admin/account-row';
import { Answered, errorWords, shownSecond, useLanguage, useWords, withQuery } from '@ticket-check/console';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { WORDS } from './words.ts';

/** Shows on demand why the last request of an account was refused, and what its programmer has to change. */
export function Explain({ username }: { username: string }) {
  const t = useWords(WORDS);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t.explain}</Button>
      {isOpen ? (
        <Modal open title={t.explainTitle(username)} footer={null} onCancel={() => setOpen(false)} width={720}>
          <Explanation username={username} />
        </Modal>
      ) : null}
    </>
  );
}

type Reply = { readonly Explained: readonly ExplainedRow[] };

function Explanation({ username }: { username: string }) {
  return (
    <Answered<Reply> path={withQuery('/accounts/explain.json', { username })}>
      {({ Explained: [explained] }) => (explained === undefined ? null : <Mistakes explained={explained} />)}
    </Answered>
  );
}

function Mistakes({ explained: { State, Refused: refused } }: { explained: ExplainedRow }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  if (refused === null) return <p>{t.nothingRefused}</p>;
  return (
    <>
      <p>{t.refusedAt(shownSecond(refused.At), errorWords(refused.ErrorCode, language))}</p>
      {State === 'in-force' ? null : <p>{t.notInForce}</p>}
      {refused.Verifies === null ? <p>{t.unexplained}</p> : null}
      {refused.Verifies === true ? <p>{t.verifies}</p> : null}
      {refused.Mistakes.map(({ Code, Where, Advice, AdviceZh }) => (
        <div key={Code}>
          <h3>
            {Code} · {Where}
          </h3>
          <p>{language === 'zh' ? AdviceZh : Advice}</p>
        </div>
      ))}
      {refused.SignedText === null ? null : (
        <>
          <h3>{t.signedText}</h3>
          <pre style={{ whiteSpace: 'pre-wrap', wordBreak: 'break-all' }}>{refused.SignedText}</pre>
        </>
      )}
    </>
  );
}
