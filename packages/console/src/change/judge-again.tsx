import { MAY_COUNT_LATER } from '@ticket-check/protocol/errors';
import { inEachLanguage, useLanguage, useMay, useWords } from '../begin/begun.ts';
import { errorWords } from '../look/code-words.tsx';
import { ChangeButton } from './change-dialog.tsx';

const WORDS = inEachLanguage({
  judge: ['重新判断', 'Judge again'],
  judgeAll: ['全部重新判断', 'Judge all again'],
  titleOfAll: ['重新判断被隔离的记录', 'Judge quarantined records again'],
  titleOfOne: ['重新判断这条记录', 'Judge this record again'],
  none: (cinema: string) => [
    `${cinema === '' ? '您可以管理的全部影院' : `影院 ${cinema}`}没有因无公钥可验证而被隔离的记录，无需重新判断。`,
    `Of ${cinema === '' ? 'all cinemas that are yours' : `cinema ${cinema}`}, no record is quarantined for want of a key. There is nothing to judge again.`,
  ],
  underWay: (count: number) => [
    `已开始重新判断 ${count} 条记录；通过的会自动从隔离列表中消失。`,
    `${count === 1 ? '1 record is' : `${count} records are`} being judged again; those that pass leave the list of quarantined ones by themselves.`,
  ],
  released: (count: number) => [
    count > 1 ? `此标识下的 ${count} 条记录均已通过，计为入场。` : '这条记录已通过，计为入场。',
    count > 1
      ? `The ${count} records under this RecordId passed: they count as entries.`
      : 'The record passed: it counts as an entry.',
  ],
  remain: (count: number, why: string) => [
    count > 1 ? `此标识下的 ${count} 条记录仍被隔离，其中第一条：${why}` : `这条记录仍被隔离：${why}`,
    count > 1
      ? `The ${count} records under this RecordId stay quarantined, the first of them: ${why}`
      : `The record stays quarantined: ${why}`,
  ],
  someOfEach: (released: number, remaining: number, why: string) => [
    `此标识下的 ${released} 条记录已通过，计为入场；${remaining} 条仍被隔离${remaining > 1 ? '，其中第一条' : ''}：${why}`,
    `Of the records under this RecordId, ${released} passed and ${released === 1 ? 'counts as an entry' : 'count as entries'}; ${remaining === 1 ? '1 stays quarantined' : `${remaining} stay quarantined, the first of them`}: ${why}`,
  ],
});

/** Whether this operator may judge a record again that is quarantined for this code. */
export function useMayJudgeAgain(): (code: string | null | undefined) => boolean {
  const mayResolve = useMay('records.resolve');
  return (code) => mayResolve && MAY_COUNT_LATER.some((known) => known === code);
}

/** Has the records of a cinema judged again whose code no key opened, or those of all that are the operator's. */
export function JudgeAllAgain({ cinema }: { cinema: string }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton<{ readonly Judged: number }>
      label={t.judgeAll}
      title={t.titleOfAll}
      path="/quarantine/judge-again"
      body={{ CinemaCode: cinema === '' ? null : cinema }}
      hasPreview
      said={({ Judged }) => (Judged === 0 ? t.none(cinema) : t.underWay(Judged))}
    />
  );
}

/** How many passed of what has one RecordId, how many stay quarantined, and why the first of these does. */
type Judged = { readonly Released: number; readonly Quarantined: number; readonly ErrorCode: string | null };

/** Has one record judged again. */
export function JudgeRecordAgain({ recordId, isSmall = false }: { recordId: string; isSmall?: boolean }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  return (
    <ChangeButton<Judged>
      label={t.judge}
      button={{ size: isSmall ? 'small' : 'middle' }}
      title={t.titleOfOne}
      path="/quarantine/judge-record"
      body={{ RecordId: recordId }}
      hasPreview
      said={({ Released, Quarantined, ErrorCode }) => {
        if (ErrorCode === null) return t.released(Released);
        const why = errorWords(ErrorCode, language);
        return Released === 0 ? t.remain(Quarantined, why) : t.someOfEach(Released, Quarantined, why);
      }}
    >
      <p>
        <code>{recordId}</code>
      </p>
    </ChangeButton>
  );
}
