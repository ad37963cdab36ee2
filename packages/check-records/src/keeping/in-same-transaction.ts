import type { Kysely } from 'kysely';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

/**
 * Writes what has to be true together with new entries, in the transaction that makes them durable. Called once for each
 * transaction, with the records that now count as entries: new ones that are not quarantined, and those that leave
 * quarantine. If it throws, the records are not kept.
 */
export type InSameTransaction = (
  trx: Kysely<CheckRecordTables>,
  newRecords: readonly ReceivedRecord[],
) => Promise<void>;
