import type { Store } from '@ticket-check/storage';
import type { OverrideTables } from '../../journal/override-tables.ts';
import type { ScanTables } from '../../journal/scan-tables.ts';

/** Selects the scans of a ticket at this terminal, the latest first, by the connection of reports. */
export function selectScansOfTicket(
  store: Store<ScanTables & OverrideTables>,
  filmTicketCode: string,
  cinemas: readonly string[] | 'all',
  most: number,
) {
  let scans = store.reports
    .selectFrom('scan')
    .leftJoin('override', 'override.recordId', 'scan.recordId')
    .leftJoin('refusal', 'refusal.recordId', 'scan.recordId')
    .leftJoin('override as later', 'later.overrides', 'scan.recordId')
    .select([
      'scan.recordId',
      'scannedAt',
      'gate',
      'scan.verdict',
      'startTime',
      'openedAt',
      'override.operator as overriddenBy',
    ])
    // Of what was refused today: whether somebody may still let its guest in.
    .select(['refusal.recordId as kept', 'later.operator as letInBy'])
    .where('filmTicketCode', '=', filmTicketCode)
    .orderBy('sequence', 'desc')
    .limit(most);
  if (cinemas !== 'all') scans = scans.where('cinemaCode', 'in', cinemas);
  return scans;
}
