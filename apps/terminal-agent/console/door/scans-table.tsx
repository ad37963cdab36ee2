import {
  type Column,
  named,
  RowsTable,
  Since,
  Ticket,
  useLanguage,
  useSaid,
  useSince,
  useWords,
  verdictWords,
} from '@ticket-check/console';
import type { ScanRow } from '../../src/journal/rows.ts';
import { FirstEntry } from './override-button.tsx';
import { WORDS } from './words.ts';

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
  scans: readonly ScanRow[];
  more?: readonly Column<ScanRow>[];
}) {
  const t = useWords(WORDS);
  const columns: readonly Column<ScanRow>[] = [
    {
      head: t.time,
      of: 'ScannedAt',
      cell: ({ ScannedAt, Gate }) => (
        <>
          <Since at={ScannedAt} exact /> <span className="quiet one-line">{Gate}</span>
        </>
      ),
    },
    { head: t.verdict, of: 'Verdict', cell: (scan) => <Verdict scan={scan} /> },
    {
      of: 'Ticket',
      cell: ({ FilmTicketCode, StartTime }) =>
        FilmTicketCode === null ? (
          '–'
        ) : (
          <>
            <Ticket of={{ FilmTicketCode }} />
            <div className="quiet">
              <Since at={StartTime} />
            </div>
          </>
        ),
    },
    ...more,
  ];
  return <RowsTable caption={caption} columns={columns} rows={scans} rowKey={({ RecordId }) => RecordId} />;
}
