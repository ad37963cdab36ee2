import { Skeleton } from 'antd';
import { useEffect, useState } from 'react';
import { useLanguage, useWords } from '../begin/language.ts';
import { shownSpan } from '../look/shown.ts';
import { WORDS } from './words.ts';

/** Stands where something will be; after a second it says for how long it has been under way. */
export function Waiting({ text }: { text?: string }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="waiting">
      <p role="status" className="quiet">
        {text ?? t.reading} {seconds < 2 ? null : t.readingLong(shownSpan(seconds, language))}
      </p>
      <Skeleton title={false} paragraph={{ rows: 4 }} active />
    </div>
  );
}
