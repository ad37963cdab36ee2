import type { RetentionRules } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { claimsBesideRecords } from '../claims/claims-beside-records.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import type { ThirdPartySettings } from '../config.ts';
import type { FoundTables } from '../worklist/find.ts';
import { findingsBesideRecords } from '../worklist/findings-beside-records.ts';

/** How long check records, their claims and what was found about them are kept. Scheme 5.3.1.3; reading S3. */
export function retentionRules(
  store: Store<KnownTables & FoundTables>,
  settings: Pick<ThirdPartySettings, 'RETENTION_MONTHS' | 'RESEND_DAYS'>,
): RetentionRules {
  return {
    months: settings.RETENTION_MONTHS,
    resendDays: settings.RESEND_DAYS,
    beside: [claimsBesideRecords(store), findingsBesideRecords(store)],
  };
}
