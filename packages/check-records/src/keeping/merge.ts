import { filledFrom } from '../tables/blanks.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';

/**
 * What a known record changes in the stored one: `known`, nothing; `filled`, its blanks were filled; `cleared`, it was
 * quarantined and counts from now on; `outweighed`, nothing: the stored one counts although this one would be quarantined.
 */
export type MergeResult = 'known' | 'filled' | 'cleared' | 'outweighed';

/**
 * The same record comes again. A genuine one takes the place of a quarantined one. Blanks are filled by the account that
 * the record came through and by nobody else but the one that replaces it, the platform's own completion included, which goes
 * under the record's account. Readings R3, R5, R7.
 *
 * @param formerAccounts those that the account of `record` replaces
 */
export function mergeRecord(
  stored: ReceivedRecord,
  record: ReceivedRecord,
  formerAccounts: readonly string[] = [],
): { readonly result: MergeResult; readonly merged: ReceivedRecord } {
  const isOwn = stored.account === record.account || formerAccounts.includes(stored.account);
  if (stored.quarantine !== null && record.quarantine === null) {
    return { result: 'cleared', merged: (isOwn ? filledFrom(record, stored) : null) ?? record };
  }
  if (stored.quarantine === null && record.quarantine !== null) return { result: 'outweighed', merged: stored };
  const filled = isOwn ? filledFrom(stored, record) : null;
  return filled === null ? { result: 'known', merged: stored } : { result: 'filled', merged: filled };
}
