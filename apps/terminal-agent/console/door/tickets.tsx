import { type Column, Element } from '@ticket-check/console';

/** The session and seat of a ticket, as far as they are known. */
export const Place = ({ of }: { of: { readonly StartTime?: string | null; readonly RowNum?: number | undefined } }) => (
  <>
    {of.StartTime ? <Element of={of} name="Session" /> : null}
    {of.RowNum ? <Element of={of} name="Seat" /> : null}
  </>
);

/** Columns that lists of tickets at the door begin with: when and where, then which. */
export const ticketColumns = <Row extends Parameters<typeof Place>[0]['of'] & { readonly Gate: string }>(
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
