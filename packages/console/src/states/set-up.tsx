import { Alert } from 'antd';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { ScreenButton } from '../look/screen-link.tsx';
import { Panel } from '../shell/screen-page.tsx';

const WORDS = inEachLanguage({
  title: ['开始使用', 'Set up'],
  next: ['去完成', 'Open'],
});

/** What is done until the service is of use; `href` leads to the screen that does it. */
type Step = { readonly title: string; readonly text: string; readonly href: string };

/** The steps of a first run by their names, until all are done. */
export function SetUp<Name extends string>({
  done,
  steps,
}: {
  done: Readonly<Record<Name, boolean>>;
  steps: Readonly<Record<Name, Step>>;
}) {
  const t = useWords(WORDS);
  const all = Object.entries<Step>(steps).map(([name, step]) => ({ ...step, isDone: done[name as Name] }));
  if (all.every(({ isDone }) => isDone)) return null;
  return (
    <Panel title={t.title}>
      {all.map(({ title, text, href, isDone }) => (
        <Alert
          key={title}
          type={isDone ? 'success' : 'info'}
          title={isDone ? `✓ ${title}` : title}
          description={isDone ? undefined : text}
          action={isDone ? undefined : <ScreenButton href={href}>{t.next}</ScreenButton>}
        />
      ))}
    </Panel>
  );
}
