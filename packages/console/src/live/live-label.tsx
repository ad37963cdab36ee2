import { type InEachLanguage, useWords } from '../begin/language.ts';

const WORDS: InEachLanguage<{ live: string; notLive: string }> = {
  zh: {
    live: '实时更新',
    notLive: '连接已中断，正在重连；以下数据可能不是最新的。检票不受影响。',
  },
  en: {
    live: 'Live',
    notLive: 'The connection is cut off and is tried again; what is shown may be old. Checking tickets goes on.',
  },
};

/** Whether what is shown goes on by itself. */
export function LiveLabel({ isLive }: { isLive: boolean }) {
  const t = useWords(WORDS);
  return (
    <span className={isLive ? 'label live good' : 'label live warn'} role="status">
      {isLive ? t.live : t.notLive}
    </span>
  );
}
