import { Alert } from 'antd';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { ScreenButton } from '../look/screen-link.tsx';
import { Panel } from '../shell/screen-page.tsx';

const WORDS = inEachLanguage({
  title: ['开始使用', 'Set up'],
  next: ['去完成', 'Open'],
});

/** What is done until the service is of use: on the screen that `href` leads to, or by a command. */
type Step = { readonly title: string; readonly text: string } & (
  | { readonly href: string }
  | { readonly command: string }
);

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
      {all.map(({ title, text, isDone, ...by }) => (
        <Alert
          key={title}
          type={isDone ? 'success' : 'info'}
          title={isDone ? `✓ ${title}` : title}
          description={
            isDone ? undefined : (
              <>
                {text}
                {'command' in by ? (
                  <div className="secret">
                    <code>{by.command}</code>
                  </div>
                ) : null}
              </>
            )
          }
          action={isDone || 'command' in by ? undefined : <ScreenButton href={by.href}>{t.next}</ScreenButton>}
        />
      ))}
    </Panel>
  );
}
