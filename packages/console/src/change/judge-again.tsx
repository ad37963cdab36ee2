import { MAY_COUNT_LATER } from '@ticket-check/protocol/errors';
import { inEachLanguage, useBegun, useLanguage, useMay, useWords } from '../begin/begun.ts';
import { withQuery } from '../list/use-filters.ts';
import { errorWords } from '../look/code-words.tsx';
import { Answered } from '../states/states.tsx';
import { ChangeButton } from './change-dialog.tsx';

const WORDS = inEachLanguage({
  judge: ['重新判断', 'Judge again'],
  judgeAll: ['全部重新判断', 'Judge all again'],
  titleOfAll: ['重新判断被隔离的记录', 'Judge quarantined records again'],
  titleOfOne: ['重新判断这条记录', 'Judge this record again'],
  some: (cinema: string, count: number) => [
    `${cinema === '' ? '您可以管理的全部影院' : `影院 ${cinema}`}有 ${count} 条记录的票码，此前没有公钥能够验证。现在用各影院曾用过的全部公钥重新判断这 ${count} 条。`,
    `Of ${cinema === '' ? 'all cinemas that are yours' : `cinema ${cinema}`}, no key has opened the codes of ${count === 1 ? '1 record' : `${count} records`}. ${count === 1 ? 'It is' : 'They are'} judged again now, by every key that the cinema ever had.`,
  ],
  none: (cinema: string) => [
    `${cinema === '' ? '您可以管理的全部影院' : `影院 ${cinema}`}没有因无公钥可验证而被隔离的记录，无需重新判断。`,
    `Of ${cinema === '' ? 'all cinemas that are yours' : `cinema ${cinema}`}, no record is quarantined for want of a key. There is nothing to judge again.`,
  ],
  others: (count: number) => [
    `另有 ${count} 条因其他原因被隔离，不在其列。`,
    `${count === 1 ? '1 other is quarantined for another reason and stays as it is.' : `${count} others are quarantined for another reason and stay as they are.`}`,
  ],
  one: [
    '用该影院曾用过的全部公钥，重新判断此标识下被隔离的记录（通常只有 1 条）。',
    'The quarantined records under this RecordId, mostly one, are judged again by every key that their cinema ever had.',
  ],
  counts: {
    here: [
      '通过的计为入场；未通过的仍被隔离，原因照旧列出。',
      'What passes counts as an entry. What does not stays quarantined, with the reason.',
    ],
    andAbove: [
      '通过的计为入场并报送国家平台；未通过的仍被隔离，原因照旧列出。',
      'What passes counts as an entry and is sent to the national platform. What does not stays quarantined, with the reason.',
    ],
  },
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
  problems: {
    'not-aside': {
      title: ['未做更改', 'Nothing was changed'],
      text: [
        '这条记录已不在隔离中，或者重新判断也不会改变结果。请刷新页面查看。',
        'The record is not quarantined any more, or judging it again would change nothing. Load the page again.',
      ],
    },
    'too-many-under-one-id': {
      title: ['未做更改', 'Nothing was changed'],
      text: [
        '此标识下被隔离的记录超过 100 条：正常的终端不会这样报送，请查看报送它们的账号。要重新判断，请在隔离列表中按“全部重新判断”。',
        'More than 100 quarantined records have this RecordId: no terminal in order reports so, look at the account that did. To have them judged again, use Judge all again on the list of quarantined records.',
      ],
    },
  },
});

/** Whether this operator may judge a record again that is quarantined for this code. */
export function useMayJudgeAgain(): (code: string | null | undefined) => boolean {
  const mayResolve = useMay('records.resolve');
  return (code) => mayResolve && MAY_COUNT_LATER.some((known) => known === code);
}

/** Has the records of a cinema judged again whose code no key opened, or those of all that are the operator's. */
export function JudgeAllAgain({ cinema }: { cinema: string }) {
  const t = useWords(WORDS);
  const { areSentOn } = useBegun();
  return (
    <ChangeButton<{ readonly Judged: number }>
      label={t.judgeAll}
      title={t.titleOfAll}
      path="/quarantine/judge-again"
      body={{ CinemaCode: cinema === '' ? null : cinema }}
      said={({ Judged }) => (Judged === 0 ? t.none(cinema) : t.underWay(Judged))}
    >
      <Answered<{ readonly Quarantined: number; readonly NotGenuine: number }>
        path={withQuery('/quarantine.json', { cinema })}
      >
        {({ Quarantined, NotGenuine }) => (
          <>
            <p>{NotGenuine === 0 ? t.none(cinema) : t.some(cinema, NotGenuine)}</p>
            {NotGenuine === 0 ? null : <p>{t.counts[areSentOn ? 'andAbove' : 'here']}</p>}
            {Quarantined > NotGenuine ? <p className="quiet">{t.others(Quarantined - NotGenuine)}</p> : null}
          </>
        )}
      </Answered>
    </ChangeButton>
  );
}

/** How many passed of what has one RecordId, how many stay quarantined, and why the first of these does. */
type Judged = { readonly Released: number; readonly Quarantined: number; readonly ErrorCode: string | null };

/** Has one record judged again. */
export function JudgeRecordAgain({ recordId, isSmall = false }: { recordId: string; isSmall?: boolean }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const { areSentOn } = useBegun();
  return (
    <ChangeButton<Judged>
      label={t.judge}
      button={{ size: isSmall ? 'small' : 'middle' }}
      title={t.titleOfOne}
      path="/quarantine/judge-record"
      body={{ RecordId: recordId }}
      problems={t.problems}
      said={({ Released, Quarantined, ErrorCode }) => {
        if (ErrorCode === null) return t.released(Released);
        const why = errorWords(ErrorCode, language);
        return Released === 0 ? t.remain(Quarantined, why) : t.someOfEach(Released, Quarantined, why);
      }}
    >
      <p>
        <code>{recordId}</code>
      </p>
      <p>
        {t.one} {t.counts[areSentOn ? 'andAbove' : 'here']}
      </p>
    </ChangeButton>
  );
}
