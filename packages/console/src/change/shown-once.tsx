import { Button } from 'antd';
import { useState } from 'react';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { Panel } from '../shell/screen-page.tsx';

const WORDS = inEachLanguage({
  copy: ['复制', 'Copy'],
  copied: ['已复制', 'Copied'],
  done: ['我已保存，关闭', 'I have saved it'],
});

/** Shows a secret this once, to be copied: a text, or codes one below the other. `close` forgets it. */
export function ShownOnce({
  title,
  text,
  secret,
  close,
}: {
  title: string;
  /** What it is for and how long it is good. */
  text: string;
  secret: string | readonly string[];
  close(): void;
}) {
  const t = useWords(WORDS);
  const [isCopied, setCopied] = useState(false);
  const lines = [secret].flat();
  const copy = () => navigator.clipboard.writeText(lines.join('\n')).then(() => setCopied(true));
  return (
    <Panel title={title}>
      <p>{text}</p>
      <div className="secret">
        {lines.map((line) => (
          <code key={line}>{line}</code>
        ))}
      </div>
      <div className="screen-actions">
        <Button autoFocus onClick={copy}>
          {isCopied ? t.copied : t.copy}
        </Button>
        <Button type="primary" onClick={close}>
          {t.done}
        </Button>
      </div>
    </Panel>
  );
}
