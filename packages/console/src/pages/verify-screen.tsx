import { Alert, Input } from 'antd';
import { useEffect, useState } from 'react';
import { inEachLanguage, type Pair, useWords } from '../begin/begun.ts';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Nothing } from '../states/states.tsx';
import { type Verdict, verifyProofs } from './verify-proof.ts';

const WORDS = inEachLanguage({
  title: ['验证证明', 'Verify a proof'],
  about: [
    '在浏览器中验证操作记录是否被改动，不向服务器发送任何内容。请使用自己保管的密钥，不要使用现场提供的。',
    'Verifies in this browser that an entry of the audit was not changed; nothing is sent to the service. Use the key that you keep yourself, not one that you are given today.',
  ],
  files: [
    '选择或拖入文件：密钥（audit key）、条目（下载条目或 audit list）和证明（.tlog-proof）',
    'Choose or drop files: the key (audit key), entries (Download the entry, or audit list) and proofs (.tlog-proof)',
  ],
  pasted: ['或粘贴密钥（单独粘贴，不含其他内容）', 'Or paste the key, and nothing else'],
  signedBy: ['签名密钥', 'Signed with the key'],
  none: ['还没有证明', 'No proof yet'],
  verdicts: {
    verified: ({ index, size }) => [
      `序号 ${index} 的条目与签名时一致（日志共 ${size} 条）`,
      `Entry ${index} is as it was signed, in a log of ${size}`,
    ],
    'entry-changed': ({ index }) => [
      `序号 ${index} 的条目与签名时不一致`,
      `Entry ${index} is not the one that was signed`,
    ],
    'entry-missing': ({ index }) => [`缺少序号 ${index} 的条目`, `Entry ${index} is missing: add its line`],
    'entry-twice': ({ index }) => [
      `序号 ${index} 有两个不同的条目`,
      `Different entries have the index ${index}: add only one`,
    ],
    'not-signed': () => [
      '签名不符：证明不是由该密钥签署，或签署后被改动',
      'None of the keys signed it, or it was changed after it was signed',
    ],
    'key-missing': () => [
      '缺少密钥：密钥文件中不能有其他内容',
      'The key is missing: it comes from a file with nothing else in it',
    ],
    malformed: () => [
      '这不是完整的证明，或浏览器不支持 Ed25519',
      'This is no whole proof, or the browser has no Ed25519',
    ],
  } satisfies Record<Verdict['kind'], (of: { index: number; size: number }) => Pair>,
});

type Text = { readonly name: string; readonly text: string };

export default function VerifyScreen() {
  const t = useWords(WORDS);
  const [files, setFiles] = useState<readonly Text[]>([]);
  const [pasted, setPasted] = useState('');
  const [verdicts, setVerdicts] = useState<Awaited<ReturnType<typeof verifyProofs>>>([]);
  useEffect(() => {
    let isCurrent = true;
    void verifyProofs([...files, { name: '', text: pasted }]).then((found) => {
      if (isCurrent) setVerdicts(found);
    });
    return () => {
      isCurrent = false;
    };
  }, [files, pasted]);
  const take = async (list: FileList | null) => {
    const taken = await Promise.all(
      [...(list ?? [])].map(async (file) => ({ name: file.name, text: await file.text() })),
    );
    setFiles((before) => [...before.filter(({ name }) => !taken.some((one) => one.name === name)), ...taken]);
  };
  return (
    <ScreenPage title={t.title} about={t.about}>
      <Panel>
        <label>
          {t.files}
          <br />
          {/* A browser takes files that are dropped on it, too. */}
          <input type="file" multiple onChange={({ target }) => void take(target.files)} />
        </label>
        <p className="quiet">{files.map(({ name }) => name).join(', ')}</p>
        <label htmlFor="pasted">{t.pasted}</label>
        <Input.TextArea
          id="pasted"
          rows={3}
          value={pasted}
          onChange={({ target }) => setPasted(target.value)}
          spellCheck={false}
        />
      </Panel>
      <Panel>
        {verdicts.length === 0 ? <Nothing title={t.none} /> : null}
        {verdicts.map(({ name, verdict }) => (
          <Alert
            key={name}
            showIcon
            type={verdict.kind === 'verified' ? 'success' : 'error'}
            title={t.verdicts[verdict.kind]({ index: 0, size: 0, ...verdict })}
            description={
              <>
                <div>{name}</div>
                {verdict.kind === 'verified' ? (
                  <>
                    <div>
                      {t.signedBy} <code className="element">{verdict.key}</code>
                    </div>
                    <code className="element">{verdict.line}</code>
                  </>
                ) : null}
              </>
            }
          />
        ))}
      </Panel>
    </ScreenPage>
  );
}
