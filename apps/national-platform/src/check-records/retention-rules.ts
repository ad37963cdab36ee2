import { type RetentionRules, walkRows } from '@ticket-check/check-records';
import { businessDate } from '@ticket-check/protocol';
import { type Store, withTables } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { NationalSettings } from '../config.ts';
import type { NationalTables } from '../database.ts';

/** How long check records and reported business days are kept; tickets and refunds are kept for good. Scheme 5.3.1.3; reading S3. */
export function retentionRules(
  store: Store<NationalTables>,
  settings: Pick<NationalSettings, 'RETENTION_MONTHS'>,
): RetentionRules {
  const toldDays = walkRows(withTables(store), {
    table: 'toldDay',
    kind: 'toldDays',
    isOld: ({ cutoff }) => sql<boolean>`business_date < ${businessDate(cutoff)}`,
  });
  return { months: settings.RETENTION_MONTHS, resendDays: null, others: [toldDays] };
}
