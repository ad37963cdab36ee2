import type { ExplainedRow } from '@ticket-check/admin/account-row';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { inEachLanguage, useLanguage, useMay, useWords } from '../begin/begun.ts';
import { withQuery } from '../list/use-filters.ts';
import { errorWords } from '../look/code-words.tsx';
import { Since } from '../look/since.tsx';
import { Answered } from '../states/states.tsx';

const WORDS = inEachLanguage({
  explain: ['解释被拒的请求', 'Explain a refusal'],
  explainTitle: (name: string) => [`账号 ${name} 最近被拒绝的请求`, `The last refused request of ${name}`],
  refused: (code: string) => [`被拒绝：${code}`, `refused: ${code}`],
  notInForce: [
    '账号已吊销或过期，其请求一律拒绝。',
    'The account is revoked or expired, so all of its requests are refused.',
  ],
  verifies: ['签名与账号现在的公钥相符。', 'The signature fits a key that the account has now.'],
  signedText: ['签名的文本', 'The text that was signed'],
});

/** Shows administrators on demand why the last request of an account was refused, and what its programmer has to change. */
export function Explain({ username }: { username: string }) {
  const t = useWords(WORDS);
  const mayManage = useMay('service.manage');
  const [isOpen, setOpen] = useState(false);
  if (!mayManage) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t.explain}</Button>
      {isOpen ? (
        <Modal open title={t.explainTitle(username)} footer={null} onCancel={() => setOpen(false)} width={720}>
          <Answered<{ readonly Explained: readonly ExplainedRow[] }>
            path={withQuery('/accounts/explain.json', { username })}
          >
            {({ Explained }) => Explained.map((explained) => <Mistakes key={username} explained={explained} />)}
          </Answered>
        </Modal>
      ) : null}
    </>
  );
}

function Mistakes({ explained: { State, Note, NoteZh, Refused: refused } }: { explained: ExplainedRow }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const note = <p>{language === 'zh' ? NoteZh : Note}</p>;
  if (refused === null) return note;
  return (
    <>
      <p>
        <Since at={refused.At} exact /> {t.refused(errorWords(refused.ErrorCode, language))}
      </p>
      {State === 'in-force' ? null : <p>{t.notInForce}</p>}
      {Note === null ? null : note}
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
