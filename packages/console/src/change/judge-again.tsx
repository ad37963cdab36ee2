import { inEachLanguage, useWords } from '../begin/begun.ts';
import { ChangeButton } from './change-dialog.tsx';

const WORDS = inEachLanguage({
  judgeAll: ['全部重新判断', 'Judge all again'],
  underWay: (count: number) => [
    `已开始重新判断 ${count} 条记录；通过的会自动从隔离列表中消失。`,
    `Records that are judged again: ${count}. Those that pass leave the list of quarantined ones by themselves.`,
  ],
});

/** Has the records of a cinema judged again whose code no key opened, or those of all that are the operator's. */
export function JudgeAllAgain({ cinema }: { cinema: string }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton<{ readonly Judged: number }>
      label={t.judgeAll}
      path="/quarantine/judge-again"
      body={{ CinemaCode: cinema === '' ? null : cinema }}
      said={({ Judged }) => t.underWay(Judged)}
    />
  );
}
