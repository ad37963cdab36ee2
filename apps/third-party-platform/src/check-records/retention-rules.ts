import type { BesideRecords, RetentionRules } from '@ticket-check/check-records';
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
    beside: bothBeside(claimsBesideRecords(store), findingsBesideRecords(store)),
  };
}

/** One after the other, as everybody locks them. */
function bothBeside(first: BesideRecords, second: BesideRecords): BesideRecords {
  return {
    settlesDoubles: first.settlesDoubles === true || second.settlesDoubles === true,
    async reasonsToStay(db, records, options) {
      const firsts = await first.reasonsToStay(db, records, options);
      const seconds = await second.reasonsToStay(db, records, options);
      return firsts.map((reason, index) => reason ?? seconds[index] ?? null);
    },
    async rowsOf(db, records, options) {
      const counts = await first.rowsOf(db, records, options);
      return { ...counts, ...(await second.rowsOf(db, records, options)) };
    },
  };
}
