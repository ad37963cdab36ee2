import type { RetentionRules } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { walkToldDays } from '../completeness/walk-told-days.ts';
import type { NationalSettings } from '../config.ts';
import type { NationalTables } from '../database.ts';

/** How long check records and reported business days are kept; tickets and refunds are kept for good. Scheme 5.3.1.3; reading S3. */
export function retentionRules(
  store: Store<NationalTables>,
  settings: Pick<NationalSettings, 'RETENTION_MONTHS'>,
): RetentionRules {
  return { months: settings.RETENTION_MONTHS, resendDays: null, others: [walkToldDays(store)] };
}
