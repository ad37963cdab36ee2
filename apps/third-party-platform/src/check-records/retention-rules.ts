import type { BesideRecords, RetentionRules } from '@ticket-check/check-records';
import { sql } from 'kysely';
import type { ThirdPartySettings } from '../config.ts';

/**
 * How long check records, their claims and what was found about them are kept: a record for as long as a claim on its ticket has
 * led to none, or a finding about it is open. Both are purged with it; releases are deleted sooner (`purgePastSessions`).
 * Scheme 5.3.1.3; reading S3.
 */
export function retentionRules(settings: Pick<ThirdPartySettings, 'RETENTION_MONTHS' | 'RESEND_DAYS'>): RetentionRules {
  const beside: BesideRecords[] = [
    // A report of another record of the ticket changes its claim first: it has ended, or begins when the claim has gone.
    { table: 'ticket_claim', kind: 'claims', staysBeside: { CLAIM_OPEN: sql`b.recorded = 0` } },
    { table: 'finding_note' },
    {
      table: 'finding',
      kind: 'findings',
      settlesDoubles: true,
      staysBeside: { FINDING_OPEN: sql`b.noted_at is null` },
    },
  ];
  return { months: settings.RETENTION_MONTHS, resendDays: settings.RESEND_DAYS, beside };
}
