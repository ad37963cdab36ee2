import type { RetentionRules } from '@ticket-check/check-records';
import type { NationalSettings } from '../config.ts';

/** How long check records are kept; tickets and refunds are kept for good. Scheme 5.3.1.3; reading S3. */
export function retentionRules(settings: Pick<NationalSettings, 'RETENTION_MONTHS'>): RetentionRules {
  return { months: settings.RETENTION_MONTHS, resendDays: null };
}
