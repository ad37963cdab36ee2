import { type Column, Element } from '@ticket-check/console';
import type { EntryRow } from '../../src/undo/entry-row.ts';

export function Place({ of }: { of: Omit<EntryRow, 'CheckTime' | 'Gate'> }) {
  return (
    <>
      <Element of={of} name="Session" />
      {of.RowNum > 0 ? <Element of={of} name="Seat" /> : null}
    </>
  );
}

/** Columns that lists of tickets at the door begin with: when and where, then which. */
export const ticketColumns = <Row extends Omit<EntryRow, 'CheckTime'>>(
  time: 'CheckTime' | 'ScannedAt',
): [when: Column<Row>, ticket: Column<Row>, place: Column<Row>] => [
  {
    of: time,
    cell: (row) => (
      <>
        <Element of={row} name={time} /> <div className="quiet one-line">{row.Gate}</div>
      </>
    ),
  },
  { of: 'Ticket', cell: (row) => <Element of={row} name="FilmTicketCode" /> },
  { of: 'Session', cell: (row) => <Place of={row} /> },
];
