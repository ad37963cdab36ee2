import { WarningOutlined } from '@ant-design/icons';
import type { SuspiciousRow } from '@ticket-check/admin/rows';
import { inEachLanguage, useLanguage, useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { useJson } from '../data/use-json.ts';
import { withQuery } from '../list/use-filters.ts';
import { Account } from '../look/names.tsx';
import { Since } from '../look/since.tsx';

const WORDS = inEachLanguage({
  judgeAll: ['全部重新判断', 'Judge all again'],
  underWay: (count: number) => [
    `已开始重新判断 ${count} 条记录；通过的会自动从隔离列表中消失。`,
    `Records that are judged again: ${count}. Those that pass leave the list of quarantined ones by themselves.`,
  ],
  count: (count: number) => [`${count} 条可疑记录（已计为入场）`, `suspicious records, which count: ${count}`],
  latest: ['最近', 'the latest'],
});

/** Accounts that probably report times in UTC or prices in fen, and what to change; nothing if there are none. */
export function SuspiciousAccounts({ cinema }: { cinema: string }) {
  const t = useWords(WORDS);
  const isChinese = useLanguage() === 'zh';
  const { data } = useJson<{ readonly Accounts: readonly SuspiciousRow[] }>(
    withQuery('/suspicious.json', cinema === '' ? '' : `cinema=${cinema}`),
  );
  return data?.Accounts.map(({ Username, Kind, Records, LatestAt, Advice, AdviceZh }) => (
    <p key={`${Username} ${Kind}`}>
      <WarningOutlined aria-hidden /> <Account username={Username} /> · {t.count(Records)} · {t.latest}{' '}
      <Since at={LatestAt} />
      <br />
      <span className="quiet">{isChinese ? AdviceZh : Advice}</span>
    </p>
  ));
}

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
