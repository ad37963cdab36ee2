import { Button } from 'antd';
import { useState } from 'react';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { Actions, Panel } from '../shell/screen-page.tsx';

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
      <Actions>
        <Button autoFocus onClick={copy}>
          {isCopied ? t.copied : t.copy}
        </Button>
        <Button type="primary" onClick={close}>
          {t.done}
        </Button>
      </Actions>
    </Panel>
  );
}

const BUNDLE_WORDS = inEachLanguage({
  title: (name: string) => [`${name} 的账号文件`, `File of ${name}`],
  text: [
    '此文件含有唯一的私钥，关闭后不再显示。请下载后交给使用者（终端和平台用 upstream set），然后删除文件。',
    'This file holds the only private key and is not shown again. Download it, hand it to who uses it (a terminal or platform by upstream set), then delete it.',
  ],
  download: ['下载', 'Download'],
  done: ['完成', 'Done'],
});

export type Bundled = { readonly Username: string; readonly Bundle: string };

/** Hands over the file of a new account, this once. */
export function ShownBundle({ made: { Username, Bundle }, close }: { made: Bundled; close(): void }) {
  const t = useWords(BUNDLE_WORDS);
  const file = `data:application/json;charset=utf-8,${encodeURIComponent(Bundle)}`;
  return (
    <Panel title={t.title(Username)} actions={<Button onClick={close}>{t.done}</Button>}>
      <p>{t.text}</p>
      <a href={file} download={`${Username}.json`}>
        {t.download}
      </a>
    </Panel>
  );
}
