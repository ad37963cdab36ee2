import { wholeNumber } from '@ticket-check/runtime';

const MOST_MONTHS = 600;

/** How long a service keeps check records; it spreads this into its own shape. Scheme 5.3.1.3; reading S3. */
export function retentionSettings(floorMonths: number) {
  return {
    // How many months check records and what belongs to them are kept; the scheme's floor can be raised alone.
    RETENTION_MONTHS: wholeNumber(floorMonths, MOST_MONTHS)
      .describe(
        `a whole number from ${floorMonths} to ${MOST_MONTHS}: check records are kept for ${floorMonths / 12} ${floorMonths === 12 ? 'year' : 'years'} at least (5.3.1.3 of the scheme)`,
      )
      .default(floorMonths),
  };
}
