import { WarningOutlined } from '@ant-design/icons';
import type { SuspiciousRow } from '@ticket-check/admin/rows';
import { inEachLanguage, useLanguage, useWords } from '../begin/begun.ts';
import { useJson } from '../data/use-json.ts';
import { withQuery } from '../list/use-filters.ts';
import { Account } from '../look/names.tsx';
import { Since } from '../look/since.tsx';

const WORDS = inEachLanguage({
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
