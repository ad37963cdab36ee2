import { Button } from 'antd';
import { type ReactNode, useState } from 'react';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { Actions, Panel } from '../shell/screen-page.tsx';

const WORDS = inEachLanguage({
  copy: ['复制', 'Copy'],
  copied: ['已复制', 'Copied'],
  done: ['我已保存，关闭', 'I have saved it'],
  bundle: (name: string) => [`${name} 的账号文件`, `File of ${name}`],
  bundleText: [
    '此文件含有唯一的私钥，关闭后不再显示。请下载后交给使用者（终端和平台用 upstream set），然后删除文件。',
    'This file holds the only private key and is not shown again. Download it, hand it to who uses it (a terminal or platform by upstream set), then delete it.',
  ],
  download: ['下载', 'Download'],
});

/** Shows a secret this once: a text to be copied, codes one below the other, or what is within. `close` forgets it. */
export function ShownOnce({
  title,
  text,
  secret,
  close,
  children,
}: {
  title: string;
  /** What it is for and how long it is good. */
  text: string;
  secret?: string | readonly string[];
  close(): void;
  children?: ReactNode;
}) {
  const t = useWords(WORDS);
  const [isCopied, setCopied] = useState(false);
  const lines = [secret ?? []].flat();
  const copy = () => navigator.clipboard.writeText(lines.join('\n')).then(() => setCopied(true));
  return (
    <Panel title={title}>
      <p>{text}</p>
      {children}
      {lines.length === 0 ? null : (
        <div className="secret">
          {lines.map((line) => (
            <code key={line}>{line}</code>
          ))}
        </div>
      )}
      <Actions>
        {secret === undefined ? null : (
          <Button autoFocus onClick={copy}>
            {isCopied ? t.copied : t.copy}
          </Button>
        )}
        <Button type="primary" onClick={close}>
          {t.done}
        </Button>
      </Actions>
    </Panel>
  );
}

export type Bundled = { readonly Username: string; readonly Bundle: string };

/** Hands over the file of a new account, this once. */
export function ShownBundle({ made: { Username, Bundle }, close }: { made: Bundled; close(): void }) {
  const t = useWords(WORDS);
  const file = `data:application/json;charset=utf-8,${encodeURIComponent(Bundle)}`;
  return (
    <ShownOnce title={t.bundle(Username)} text={t.bundleText} close={close}>
      <a href={file} download={`${Username}.json`}>
        {t.download}
      </a>
    </ShownOnce>
  );
}
