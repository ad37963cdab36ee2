import { type Column, Element, Since, Ticket, useElementName } from '@ticket-check/console';
import type { EntryRow } from '../../src/undo/entry-row.ts';

type Seat = {
  readonly [name in 'StartTime' | 'ScreenName' | 'FilmName' | 'RowNum' | 'ColumnNum']: EntryRow[name] | null;
};

/** The session and the seat of a ticket. */
export function Place({ of }: { of: Seat }) {
  return (
    <>
      <Since at={of.StartTime} />
      <div>
        {of.ScreenName} <Element of={of} name="Seat" />
      </div>
      <div className="quiet">{of.FilmName}</div>
    </>
  );
}

/** Columns that lists of tickets at the door begin with: when and where, then which. */
export function useTicketColumns<Row extends Seat & { Gate: string; FilmTicketCode: string }>(
  time: 'CheckTime' | 'ScannedAt',
): [when: Column<Row>, ticket: Column<Row>, place: Column<Row>] {
  const nameOf = useElementName();
  return [
    {
      head: nameOf(time),
      cell: (row) => (
        <>
          <Element of={row} name={time} /> <div className="quiet one-line">{row.Gate}</div>
        </>
      ),
    },
    { head: nameOf('Ticket'), cell: (row) => <Ticket of={row} /> },
    { head: nameOf('Session'), cell: (row) => <Place of={row} /> },
  ];
}
