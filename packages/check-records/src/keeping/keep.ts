import { createSecretKey, type KeyObject } from 'node:crypto';
import { deriveRecordId, type RecordId, type WireCheckRecord } from '@ticket-check/protocol';
import { isViolation } from '@ticket-check/storage';
import type { CompiledQuery } from 'kysely';
import { accountTicketText, keyOf, keyText } from '../tables/keys.ts';
import { queueing } from '../tables/outbox-rows.ts';
import { filledFrom, type ReceivedRecord, rowOf, type Suspicion } from '../tables/received-record.ts';
import { insertNew, insertRecords, loadStored, writeCleared, writeFilled } from '../tables/record-rows.ts';
import { countingSuspicious, type Suspicions } from '../tables/suspicious-rows.ts';
import type { CheckRecordRow, Database, OwnDb, OwnStore } from '../tables/tables.ts';

/**
 * Writes what has to be true together with new entries, in the transaction that keeps them: new records that are not quarantined, and
 * those that leave quarantine. Answers what is left to write, for one statement (`together`) with what is queued.
 */
export type InSameTransaction = (
  trx: OwnDb,
  newRecords: readonly ReceivedRecord[],
) => Promise<readonly CompiledQuery[]>;

export type KeepResult = 'kept' | MergeResult;

const beginsToCount = ({ quarantine }: ReceivedRecord, result: KeepResult | undefined): boolean =>
  quarantine === null && (result === 'kept' || result === 'cleared');

export type Batch = {
  readonly records: readonly ReceivedRecord[];
  readonly forward: boolean;
  /** The accounts that the one which brings them replaces: their records are completed by it. */
  readonly formerAccounts?: readonly string[] | undefined;
  /** On PostgreSQL: how many entries of one ticket may count through one account; near that, nothing is kept (`NearBound`). */
  readonly maxOfTicket?: number | undefined;
  readonly suspicions?: Suspicions | undefined;
};

/** Nothing was kept of these batches: whether their entries exceed the bound of a ticket has to be counted exactly. Reading R7. */
export class NearBound extends Error {
  readonly batches: ReadonlySet<Batch>;

  constructor(batches: Iterable<Batch>) {
    super('entries near the bound of their ticket');
    this.batches = new Set(batches);
  }
}

export type KeptBatches = {
  readonly results: KeepResult[][];
  /** The records that are to wait for upstream: the caller queues them. */
  readonly queued: readonly ReceivedRecord[];
  readonly counted: readonly ReceivedRecord[];
};

/** The suspicious records that begin to count as entries, by what became of each; all are new where that is not given. */
export function suspiciousIn(
  batches: readonly Batch[],
  results?: readonly (readonly KeepResult[])[],
): (readonly [ReceivedRecord, readonly Suspicion[]])[] {
  return batches.flatMap(({ records, suspicions }, batch) => {
    if (suspicions === undefined || suspicions.size === 0) return [];
    return records.flatMap((record, place) => {
      const kinds = suspicions.get(record);
      const begins = beginsToCount(record, results === undefined ? 'kept' : results[batch]?.[place]);
      return kinds !== undefined && begins ? [[record, kinds] as const] : [];
    });
  });
}

type Given = {
  readonly record: ReceivedRecord;
  readonly row: CheckRecordRow;
  readonly key: string;
} & Omit<Batch, 'records'>;

/** Keeps the batches of one turn in an open transaction, in two statements where all is new and at most five otherwise. */
export async function keepBatches(database: Database, batches: readonly Batch[]): Promise<KeptBatches> {
  const given = batches.map(({ records, ...batch }) =>
    records.map((record): Given => {
      const row = rowOf(record);
      return { record, row, key: keyText(row), ...batch };
    }),
  );
  const first = new Map(
    given
      .flat()
      .map((one) => [one.key, one] as const)
      .reverse(),
  );
  // In one order, so that two processes which keep the same records do not wait for each other in a circle.
  const inOrder = [...first.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const rows = inOrder.map(({ row }) => row);
  const inserted = await insertWithin(database, rows, batches);
  const known = rows.filter((row) => !inserted.has(keyText(row)));
  const stored = await loadStored(database, known);

  const records = new Map([...first].map(([key, { record }]) => [key, stored.get(key) ?? record]));
  const { results, filled, cleared, lacking } = merge(given, records, inserted);
  const clearing = batches.filter(
    ({ maxOfTicket }, index) => maxOfTicket !== undefined && given[index]?.some(({ key }) => cleared.has(key)),
  );
  if (clearing.length > 0) throw new NearBound(clearing);
  const changed = (keys: ReadonlySet<string>) => [...records].flatMap(([key, record]) => (keys.has(key) ? record : []));
  // What another process has released meanwhile counts already.
  const clearedHere = await writeCleared(database, changed(cleared));
  const filledHere = await writeFilled(database, changed(new Set([...filled].filter((key) => !cleared.has(key)))));
  // A record purged since it was read is not sent again.
  const isGone = (key: string) => filled.has(key) && !cleared.has(key) && !filledHere.has(key);
  const begins = (key: string) => (cleared.has(key) ? clearedHere.has(key) : inserted.has(key));
  const entries = [...records].filter(([, { quarantine }]) => quarantine === null);
  const queued = entries.flatMap(([key, record]) => (lacking.has(key) && !isGone(key) ? record : []));
  return { results, queued, counted: entries.flatMap(([key, record]) => (begins(key) ? record : [])) };
}

async function insertWithin(database: Database, rows: readonly CheckRecordRow[], batches: readonly Batch[]) {
  const max = batches.find(({ maxOfTicket }) => maxOfTicket !== undefined)?.maxOfTicket;
  const inserted = await insertNew(database, rows, max);
  if (max === undefined) return new Set(inserted.keys());
  const counting = batches.flatMap(({ records }) => records.filter(({ quarantine }) => quarantine === null));
  const own = Map.groupBy(counting, accountTicketText);
  const near = batches.filter(({ records, maxOfTicket = Number.POSITIVE_INFINITY }) =>
    records.some((record) => {
      const before = inserted.get(keyText(keyOf(record)));
      const others = own.get(accountTicketText(record))?.length ?? 0;
      return before !== undefined && record.quarantine === null && before + others > maxOfTicket;
    }),
  );
  if (near.length > 0) throw new NearBound(near);
  return new Set(inserted.keys());
}

/** Takes the records in their order, and makes of `records` what is to be stored. Returns the keys of what has changed. */
function merge(given: readonly Given[][], records: Map<string, ReceivedRecord>, inserted: ReadonlySet<string>) {
  const unseen = new Set(inserted);
  const filled = new Set<string>();
  const cleared = new Set<string>();
  const lacking = new Set<string>();

  function resultOf({ record, key, forward, formerAccounts }: Given): KeepResult {
    const stored = records.get(key) ?? record;
    const isNew = unseen.delete(key);
    const { result, merged } = isNew
      ? { result: 'kept' as const, merged: record }
      : mergeRecord(stored, record, formerAccounts);
    records.set(key, merged);
    if (result === 'filled') filled.add(key);
    if (result === 'cleared') cleared.add(key);
    // Also what another batch of this turn brought without wanting it sent.
    if (forward && (result === 'filled' || result === 'cleared' || inserted.has(key))) lacking.add(key);
    return result;
  }

  return { results: given.map((batch) => batch.map(resultOf)), filled, cleared, lacking };
}

/**
 * What a known record changes in the stored one: `known`, nothing; `filled`, its blanks; `cleared`, it was quarantined and counts from
 * now on; `outweighed`, nothing: the stored one counts although this one would be quarantined.
 */
type MergeResult = 'known' | 'filled' | 'cleared' | 'outweighed';

/**
 * The same record comes again. A genuine one takes the place of a quarantined one. Blanks are filled only by the account that the
 * record came through or the one that replaces it (`formerAccounts`); completion goes under the record's account. R3, R5, R7.
 */
function mergeRecord(
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

/** The statements that keep records as if every one were new; a known one violates a key. `queued`: those to send. */
export function insertingNew(store: OwnStore, batches: readonly Batch[]) {
  const given = batches.flatMap(({ records, forward }) =>
    records.map((record) => ({ record, isQueued: forward && record.quarantine === null })),
  );
  // In one order, so that two processes which keep the same records do not wait for each other in a circle.
  given.sort(({ record: a }, { record: b }) => (a.recordId < b.recordId ? -1 : 1));
  const rows = given.map(({ record }) => rowOf(record));
  const queued = given.flatMap(({ record, isQueued }) => (isQueued ? record : []));
  const suspicious = countingSuspicious(store, suspiciousIn(batches));
  return { statements: [...insertRecords.statements(store, rows), ...queueing(store, queued), ...suspicious], queued };
}

/** Keeps the batches of one turn as if every record were new: null, keeping nothing, if one is known (`keepBatches`). */
export async function keepNew(store: OwnStore, batches: readonly Batch[]): Promise<readonly ReceivedRecord[] | null> {
  const { statements, queued } = insertingNew(store, batches);
  try {
    await store.batch(statements);
    return queued;
  } catch (error) {
    if (isViolation(error)) return null;
    throw error;
  }
}

export function createDerivedIds(store: OwnStore) {
  const secrets = store.db.selectFrom('recordIdSecret').select('secret');
  let loaded: KeyObject | undefined;

  return {
    /** The RecordIds of records that came without one: the same whenever sent again through the account, and secret. X3. */
    async deriveIds(records: readonly Omit<WireCheckRecord, 'recordId'>[], account: string): Promise<RecordId[]> {
      if (records.length === 0) return [];
      loaded ??= createSecretKey((await secrets.executeTakeFirstOrThrow()).secret, 'hex');
      const secret = loaded;
      return records.map((record) => deriveRecordId(record, account, secret));
    },
  };
}
