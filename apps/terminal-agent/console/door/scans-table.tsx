import {
  type Column,
  named,
  RowsTable,
  useLanguage,
  useSaid,
  useSince,
  useWords,
  verdictWords,
} from '@ticket-check/console';
import type { EntryRow } from '../../src/check-records/ticket-row.ts';
import type { ScanRow } from '../../src/journal/rows.ts';
import { FirstEntry } from './override-button.tsx';
import { ticketColumns } from './tickets.tsx';
import { WORDS } from './words.ts';

/** The last scans have what is known of their sessions and seats, too. */
export type ShownScan = ScanRow & Partial<Omit<EntryRow, keyof ScanRow>>;

/** What became of a scan, and what staff have to know of it. */
function Verdict({ scan }: { scan: ScanRow }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const said = useSaid();
  const since = useSince();
  const { Verdict: verdict, First, LateVerdict, OverriddenBy, LetInBy, ChangesKnownAt } = scan;
  const judged = verdict === null ? t.undecided : verdictWords(verdict, language);
  const words = First?.Held === undefined ? judged : said(First.Held, First.HeldZh ?? '');
  return (
    <>
      <strong className={verdict === 'ADMIT' ? 'good' : 'bad'}>{words}</strong>
      {OverriddenBy === undefined ? null : <div>{t.overriddenBy(OverriddenBy)}</div>}
      {verdict === 'ADMIT' && scan.OpenedAt === null ? <div className="bad">{t.notOpened}</div> : null}
      <FirstEntry of={First} />
      {LetInBy === undefined ? null : <div>{t.letInLater(LetInBy)}</div>}
      {LateVerdict === null ? null : <div className="bad">{named(t.late, LateVerdict)}</div>}
      {ChangesKnownAt === null ? null : <div className="quiet">{t.knownUpTo(since(ChangesKnownAt))}</div>}
    </>
  );
}

export function ScansTable({
  caption,
  scans,
  more = [],
}: {
  caption: string;
  scans: readonly ShownScan[];
  more?: readonly Column<ShownScan>[];
}) {
  const t = useWords(WORDS);
  const [when, ticket, place] = ticketColumns<ShownScan>('ScannedAt');
  const verdict: Column<ShownScan> = { head: t.verdict, of: 'Verdict', cell: (scan) => <Verdict scan={scan} /> };
  return (
    <RowsTable
      caption={caption}
      columns={[when, verdict, ticket, place, ...more]}
      rows={scans}
      rowKey={({ RecordId }) => RecordId}
    />
  );
}
