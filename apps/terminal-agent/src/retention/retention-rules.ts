import type { RetentionRules } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import type { TerminalSettings } from '../config.ts';
import { type RetainedTables, scansBesideRecords } from './scans-beside-records.ts';
import { walkRefusedScans } from './walk-refused-scans.ts';

/** How long check records, scans and entries are kept. Scheme 5.3.1.3; reading S3. */
export function retentionRules(
  store: Store<RetainedTables>,
  settings: Pick<TerminalSettings, 'RETENTION_MONTHS' | 'RESEND_DAYS'>,
): RetentionRules {
  return {
    months: settings.RETENTION_MONTHS,
    resendDays: settings.RESEND_DAYS,
    beside: [scansBesideRecords(store)],
    others: [walkRefusedScans(store)],
  };
}
