import { CheckCircleFilled, RightCircleOutlined } from '@ant-design/icons';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { ScreenButton } from '../look/screen-link.tsx';
import { Panel } from '../shell/screen-page.tsx';

const WORDS = inEachLanguage({
  title: ['开始使用', 'Set up'],
  done: ['已完成', 'done'],
  next: ['去完成', 'Open'],
});

/** A step until the service is of use; `href` leads to the screen that does it. */
export type SetUpStep = {
  readonly title: string;
  readonly text: string;
  readonly href: string;
  readonly isDone: boolean;
};

/** The steps of a first run, until all are done. */
export function SetUp({ steps }: { steps: readonly SetUpStep[] }) {
  const t = useWords(WORDS);
  if (steps.every(({ isDone }) => isDone)) return null;
  return (
    <Panel title={t.title}>
      <ol className="set-up">
        {steps.map(({ title, text, href, isDone }) => (
          <li key={title}>
            {isDone ? <CheckCircleFilled className="good" aria-label={t.done} /> : <RightCircleOutlined aria-hidden />}
            <div>
              <strong>{title}</strong>
              {isDone ? null : <p className="quiet">{text}</p>}
            </div>
            {isDone ? null : <ScreenButton href={href}>{t.next}</ScreenButton>}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
