import { inEachLanguage, useWords } from '../begin/begun.ts';
import { ChangeButton } from './change-dialog.tsx';

const WORDS = inEachLanguage({
  judgeAll: ['全部重新判断', 'Judge all again'],
  none: (cinema: string) => [
    `${cinema === '' ? '您可以管理的全部影院' : `影院 ${cinema}`}没有因无公钥可验证而被隔离的记录，无需重新判断。`,
    `Of ${cinema === '' ? 'all cinemas that are yours' : `cinema ${cinema}`}, no record is quarantined for want of a key. There is nothing to judge again.`,
  ],
  underWay: (count: number) => [
    `已开始重新判断 ${count} 条记录；通过的会自动从隔离列表中消失。`,
    `${count === 1 ? '1 record is' : `${count} records are`} being judged again; those that pass leave the list of quarantined ones by themselves.`,
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
      said={({ Judged }) => (Judged === 0 ? t.none(cinema) : t.underWay(Judged))}
    />
  );
}
