import { allows, wholeNumber } from '@ticket-check/runtime';

const MAX_MONTHS = 600;

/** How long a service keeps check records; it spreads this into its own shape. Scheme 5.3.1.3; reading S3. */
export function retentionSettings(floorMonths: number) {
  return {
    // How many months check records and what belongs to them are kept; the scheme's floor can only be raised.
    RETENTION_MONTHS: allows(
      wholeNumber(floorMonths, MAX_MONTHS),
      `a whole number from ${floorMonths} to ${MAX_MONTHS}: check records are kept for ${floorMonths / 12} ${floorMonths === 12 ? 'year' : 'years'} at least (5.3.1.3 of the scheme)`,
      `${floorMonths} 到 ${MAX_MONTHS} 的整数：检票记录至少保存 ${floorMonths / 12} 年（方案 5.3.1.3）`,
    ).default(floorMonths),
  };
}
