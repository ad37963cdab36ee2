import { type InEachLanguage, useWords } from '../begin/language.ts';
import type { Freshness } from './use-live.ts';

const WORDS: InEachLanguage<Readonly<Record<Freshness, string>>> = {
  zh: {
    'not-yet': '正在连接……',
    live: '实时更新',
    old: '连接已中断，正在重连；以下数据可能已过时。',
  },
  en: {
    'not-yet': 'Connecting…',
    live: 'Live',
    old: 'Connection lost, reconnecting. What is shown may be out of date.',
  },
};

const STATES: Readonly<Record<Freshness, string>> = { 'not-yet': '', live: 'good', old: 'warn' };

/** Shows whether the data updates itself. */
export function LiveLabel({ freshness }: { freshness: Freshness }) {
  const t = useWords(WORDS);
  return (
    <span className={`label live ${STATES[freshness]}`} role="status">
      {t[freshness]}
    </span>
  );
}
