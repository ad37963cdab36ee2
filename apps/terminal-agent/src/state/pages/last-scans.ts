import type { Store } from '@ticket-check/storage';
import type { OverrideTables } from '../../journal/override-tables.ts';
import type { ScanTables } from '../../journal/scan-tables.ts';

/** The newest scans, the latest first; where somebody may see some cinemas, of those alone. Reads by the connection of reports. */
export function loadLastScans(
  store: Store<ScanTables & OverrideTables>,
  cinemas: readonly string[] | 'all',
  most: number,
) {
  let scans = store.reports
    .selectFrom('scan')
    .leftJoin('override', 'override.recordId', 'scan.recordId')
    .select([
      'scannedAt',
      'gate',
      'scan.verdict',
      'filmTicketCode',
      'lateVerdict',
      'openedAt',
      'changesKnownAt',
      'operator as overriddenBy',
    ])
    .orderBy('sequence', 'desc')
    .limit(most);
  if (cinemas !== 'all') scans = scans.where('cinemaCode', 'in', cinemas);
  return scans.execute();
}
