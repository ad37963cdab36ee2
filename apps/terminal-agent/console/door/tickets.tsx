import { type Column, shownSecond, shownText, shownTime, Ticket, useLanguage, useWords } from '@ticket-check/console';
import type { EntryRow } from '../../src/undo/entry-row.ts';
import { WORDS } from './words.ts';

type Seat = Pick<EntryRow, 'StartTime' | 'ScreenName' | 'FilmName' | 'RowNum' | 'ColumnNum'>;

/** The session and the seat of a ticket. */
export function Place({ StartTime, ScreenName, FilmName, RowNum, ColumnNum }: Seat) {
  const t = useWords(WORDS);
  return (
    <>
      {shownTime(StartTime)} {ScreenName} {RowNum > 0 && ColumnNum > 0 ? t.seat(RowNum, ColumnNum) : ''}
      <div className="quiet">{shownText(FilmName)}</div>
    </>
  );
}

/** Columns that lists of tickets at the door begin with: when and where, then which. */
export function useTicketColumns<Row extends Seat & { Gate: string; FilmTicketCode: string }>(
  timeOf: (row: Row) => string,
): [when: Column<Row>, ticket: Column<Row>, place: Column<Row>] {
  const t = useWords(WORDS);
  return [
    {
      head: t.time,
      cell: (row) => (
        <>
          {shownSecond(timeOf(row))} <span className="quiet">{row.Gate}</span>
        </>
      ),
    },
    { head: t.ticket, cell: (row) => <Ticket of={row} /> },
    { head: t.place, cell: (row) => <Place {...row} /> },
  ];
}

/** Picks the words of the service in the language of the page. */
export function useSaid(): (en: string, zh: string) => string {
  const isChinese = useLanguage() === 'zh';
  return (en, zh) => (isChinese ? zh : en);
}
