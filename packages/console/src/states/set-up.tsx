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
  const all = Object.entries<Step>(steps).map(([name, step]) => ({ step, isDone: done[name as Name] }));
  if (all.every(({ isDone }) => isDone)) return null;
  return (
    <Panel title={t.title}>
      {all.map(({ step, isDone }) =>
        isDone ? (
          <Alert key={step.title} type="success" title={`✓ ${step.title}`} />
        ) : (
          <Alert
            key={step.title}
            type="info"
            title={step.title}
            description={
              <>
                {step.text}
                <div className="secret">{'command' in step ? <code>{step.command}</code> : null}</div>
              </>
            }
            action={'href' in step ? <ScreenButton href={step.href}>{t.next}</ScreenButton> : undefined}
          />
        ),
      )}
    </Panel>
  );
}
