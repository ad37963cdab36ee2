import type { RecordId, TicketIdentity } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { OverrideTables } from '../../journal/override-tables.ts';
import type { ScanTables } from '../../journal/scan-tables.ts';

/** What identifies a ticket whose scans are searched. */
export type AskedTicket = Partial<TicketIdentity> & { readonly recordId?: RecordId };

/** Selects the scans of a ticket at this terminal, latest first, on the connection of reports. */
export function selectScansOfTicket(
  store: Store<ScanTables & OverrideTables>,
  asked: AskedTicket,
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
    // For refusals of today: whether they may still be overridden.
    .select(['refusal.recordId as kept', 'refusal.first', 'later.operator as letInBy'])
    .orderBy('sequence', 'desc')
    .limit(most);
  if (asked.recordId !== undefined) scans = scans.where('scan.recordId', '=', asked.recordId);
  if (asked.filmTicketCode !== undefined) scans = scans.where('filmTicketCode', '=', asked.filmTicketCode);
  if (asked.cinemaCode !== undefined) scans = scans.where('cinemaCode', '=', asked.cinemaCode);
  if (asked.startTime !== undefined) scans = scans.where('startTime', '=', asked.startTime);
  if (cinemas !== 'all') scans = scans.where('cinemaCode', 'in', cinemas);
  return scans;
}
