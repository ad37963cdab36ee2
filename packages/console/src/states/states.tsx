import { ERROR_WORDS } from '@ticket-check/admin/error-words';
import { Alert, Button, Empty, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { inEachLanguage, type Pair, useDeclared, useWords } from '../begin/begun.ts';
import { Problem } from '../data/client.ts';
import { LiveLabel, useLiveJson } from '../live/use-live.tsx';

const WORDS = inEachLanguage({
  reading: ['正在读取……', 'Loading …'],
  retry: ['重试', 'Try again'],
  requestId: ['请求编号', 'Request ID'],
  retryIn: (seconds: number) => [`请在 ${seconds} 秒后重试。`, `Try again in ${seconds} seconds.`],
  problems: {
    unreachable: {
      title: ['无法连接服务', 'The service cannot be reached'],
      text: [
        '检票不受此页面影响。请检查本机网络；如果其他页面也打不开，请联系管理员。',
        'Checking tickets does not depend on this page. Check the network of this device; if no other page opens either, tell an administrator.',
      ],
    },
    ...ERROR_WORDS,
    'not-found': {
      title: ['内容不存在', 'Nothing is here'],
      text: [
        '该地址下没有内容，或者内容已不存在。请返回列表查看。',
        'There is nothing at this address, or it is gone. Go back to the list.',
      ],
    },
    'wrong-password': {
      title: ['密码不正确', 'The password is wrong'],
      text: ['未做任何更改。请输入您自己的登录密码。', 'Nothing was changed. Enter the password that you log in with.'],
    },
    'reason-missing-or-too-long': {
      title: ['请写明内容', 'What was written is missing or too long'],
      text: ['未做任何更改。请填写 1 到 500 个字。', 'Nothing was changed. Enter 1 to 500 characters.'],
    },
    'too-soon': {
      title: ['尝试次数过多', 'Too many attempts'],
      text: ['未做任何更改。', 'Nothing was changed.'],
    },
    busy: {
      title: ['系统繁忙', 'Too busy'],
      text: [
        '您的上一次操作可能还在进行。请稍后重试。',
        'Your last request may still be under way. Try again in a moment.',
      ],
    },
  } as Readonly<Record<string, { title: Pair; text: Pair }>>,
  chooseCinema: {
    title: ['请选择一家影院', 'Choose a cinema'],
    text: [
      '影院较多：这样查询，一周最多十家，一个月最多两家。请在上面的条件中选择一家影院，或只查一个营业日。',
      'There are many cinemas, and this is answered for at most ten for a week, two for a month. Choose one above, or a single business date.',
    ],
  },
  other: {
    title: ['未能完成', 'This was not done'],
    text: (code: string) => [
      `未做任何更改（${code}）。请刷新此页后重试。`,
      `Nothing was changed (${code}). Load the page again, then try again.`,
    ],
  },
});

/** Says that there is nothing, why that may be, and what to do next. */
export function Nothing({ title, text, children }: { title: string; text?: string | undefined; children?: ReactNode }) {
  return (
    <Empty image={null} description={<strong>{title}</strong>}>
      {text === undefined ? null : <p className="quiet">{text}</p>}
      {children}
    </Empty>
  );
}

export function Waiting() {
  const t = useWords(WORDS);
  return (
    <div className="waiting">
      <p role="status" className="quiet">
        {t.reading}
      </p>
      <Skeleton title={false} paragraph={{ rows: 4 }} active />
    </div>
  );
}

/** Shows what the service answers to a path: until then that it is under way, and instead what went wrong. */
export function Answered<T>({
  path,
  live: topic,
  words,
  children,
}: {
  path: string;
  /** The topic that updates the answer, if that is not the one of a declared list; without one the answer stays as it was loaded. */
  live?: string | undefined;
  words?: ProblemWords | undefined;
  children(data: T): ReactNode;
}) {
  const declared = useTopicOf(path);
  const live = topic ?? declared;
  const { answer, freshness } = useLiveJson<T>(path, live);
  const t = useWords(WORDS);
  if (answer.error instanceof Problem && answer.error.code === 'choose-cinema') return <Nothing {...t.chooseCinema} />;
  if (answer.isError) return <ProblemNotice error={answer.error} words={words} retry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <Waiting />;
  return (
    <div aria-busy={answer.isPlaceholderData}>
      {live === undefined ? null : <LiveLabel freshness={freshness} />}
      {children(answer.data)}
    </div>
  );
}

/** The topic of the list that a path reads, where the list has one by what is asked for. */
function useTopicOf(path: string): string | undefined {
  const [of = '', query] = path.split('.json');
  const { Live } = useDeclared(of);
  const asked = [...new URLSearchParams(query).keys()];
  const isFollowed = typeof Live === 'boolean' ? Live : asked.every((name) => Live.includes(name));
  return isFollowed ? of.slice(1) : undefined;
}

/** A screen's words for its own refusals, by code; the text may name what the refusal is about. */
export type ProblemWords = Readonly<
  Record<string, { readonly title: string; readonly text: string | ((about: string) => string) }>
>;

/** Says in plain words what went wrong and what to do; `retry` is offered where it is given. */
export function ProblemNotice({
  error,
  words,
  retry,
}: {
  error: unknown;
  words?: ProblemWords | undefined;
  retry?: () => void;
}) {
  const t = useWords(WORDS);
  const { code: given, more } = error instanceof Problem ? error : new Problem('failed');
  const code = given.startsWith('bad-') ? 'bad-input' : given;
  const { title, text } = words?.[given] ??
    t.problems[code] ?? { title: t.other.title, text: more.sentence || t.other.text(code) };
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={title}
      description={
        <>
          {typeof text === 'string' ? text : text(more.about)}
          {more.retryAfter === null ? null : ` ${t.retryIn(more.retryAfter)}`}
          {more.requestId === null ? null : (
            <p className="quiet">
              {t.requestId}: <code>{more.requestId}</code>
            </p>
          )}
        </>
      }
      action={retry === undefined ? null : <Button onClick={retry}>{t.retry}</Button>}
    />
  );
}
