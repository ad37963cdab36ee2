import type { RecordId } from '@ticket-check/protocol';
import { type Database, queueRecords } from './outbox-rows.ts';
import type { ReceivedRecord } from './received-record.ts';
import { deleteRecords, insertNew, loadStored, writeFilled } from './record-rows.ts';
import { filledFrom, isSameRecord } from './same-record.ts';

/**
 * What became of one record: `kept` for the first time; `known` before and unchanged; `filled`, known before with blanks
 * that this one filled; `conflict`, its RecordId belongs to another ticket or time; `withdrawn`, nothing wrong with it,
 * but a neighbour of its batch conflicts, and a batch is kept as a whole or not at all (reading R3).
 */
export type KeepResult = 'kept' | 'known' | 'filled' | 'conflict' | 'withdrawn';

export type Batch = {
  readonly records: readonly ReceivedRecord[];
  /** Whether what is new in these records is to be sent upstream. */
  readonly forward: boolean;
};

export type KeptBatches = {
  readonly results: KeepResult[][];
  /** The records that now wait for upstream. */
  readonly queued: readonly ReceivedRecord[];
  /** The records that are new and count as entries. */
  readonly counted: readonly ReceivedRecord[];
};

/**
 * Keeps the batches of one turn in an open transaction, in two statements where all is new and in at most five whatever
 * was there before; only batches that hold the same RecordId are kept after one another. A batch with a conflicting record
 * leaves no trace, and the others are untouched by it.
 */
export async function keepBatches(database: Database, batches: readonly Batch[]): Promise<KeptBatches> {
  const results = new Map<Batch, KeepResult[]>();
  const queued: ReceivedRecord[] = [];
  const counted: ReceivedRecord[] = [];
  for (const disjoint of disjointGroups(batches)) {
    const kept = await keepDisjoint(database, disjoint);
    disjoint.forEach((batch, index) => {
      results.set(batch, kept.results[index] ?? []);
    });
    queued.push(...kept.queued);
    counted.push(...kept.counted);
  }
  return { results: batches.map((batch) => results.get(batch) ?? []), queued, counted };
}

/** Groups of batches that share no RecordId; of those that share one, the later is in a later group. */
function disjointGroups(batches: readonly Batch[]): Batch[][] {
  const groups: Batch[][] = [];
  const lastGroup = new Map<RecordId, number>();
  for (const batch of batches) {
    const index = batch.records.reduce((most, { recordId }) => Math.max(most, (lastGroup.get(recordId) ?? -1) + 1), 0);
    for (const { recordId } of batch.records) lastGroup.set(recordId, index);
    const group = groups[index];
    if (group === undefined) groups.push([batch]);
    else group.push(batch);
  }
  return groups;
}

async function keepDisjoint(database: Database, batches: readonly Batch[]): Promise<KeptBatches> {
  const conflicts = new Set(batches.flatMap(({ records }) => contradictions(records)));
  const sound = batches.filter(({ records }) => !records.some((record) => conflicts.has(record)));
  const first = new Map(
    sound.flatMap(({ records }) => records.toReversed().map((record) => [record.recordId, record])),
  );
  // In one order, so that two processes which keep the same records do not wait for each other in a circle.
  const inserted = await insertNew(database, [...first.values()].sort(byRecordId));
  const stored = await loadStored(
    database,
    [...first.keys()].filter((recordId) => !inserted.has(recordId)),
  );
  for (const record of sound.flatMap(({ records }) => records)) {
    const known = stored.get(record.recordId);
    if (known !== undefined && !isSameRecord(known, record)) conflicts.add(record);
  }
  const refused = new Set(batches.filter(({ records }) => records.some((record) => conflicts.has(record))));
  const traces = [...refused].flatMap(({ records }) => records.map(({ recordId }) => recordId));
  await deleteRecords(
    database,
    traces.filter((recordId) => inserted.delete(recordId)),
  );

  const accepted = batches.filter((batch) => !refused.has(batch));
  const { filled, queued } = fillBlanks(accepted, new Map([...first, ...stored]), inserted);
  await writeFilled(database, [...new Map([...filled.values()].map((record) => [record.recordId, record])).values()]);
  await queueRecords(database, queued);
  const counted = [...first.values()].filter(
    ({ recordId, quarantine }) => quarantine === null && inserted.has(recordId),
  );

  const resultOf = (batch: Batch, record: ReceivedRecord): KeepResult => {
    if (conflicts.has(record)) return 'conflict';
    if (refused.has(batch)) return 'withdrawn';
    if (filled.has(record)) return 'filled';
    // The first to ask brought it; the same record again in this batch changed nothing.
    return inserted.delete(record.recordId) ? 'kept' : 'known';
  };
  return { results: batches.map((batch) => batch.records.map((record) => resultOf(batch, record))), queued, counted };
}

/** Records of one batch whose RecordId stands earlier in it for another ticket or time. */
function contradictions(records: readonly ReceivedRecord[]): ReceivedRecord[] {
  const first = new Map<RecordId, ReceivedRecord>();
  return records.filter((record) => {
    const before = first.get(record.recordId) ?? record;
    first.set(record.recordId, before);
    return !isSameRecord(before, record);
  });
}

/**
 * Fills the blanks of what each record was before, in the order in which the records came.
 * @returns what each record that filled something made of it, and the records that upstream lacks in their present state.
 */
function fillBlanks(
  accepted: readonly Batch[],
  before: ReadonlyMap<RecordId, ReceivedRecord>,
  inserted: ReadonlySet<RecordId>,
): { filled: Map<ReceivedRecord, ReceivedRecord>; queued: ReceivedRecord[] } {
  const now = new Map(before);
  const filled = new Map<ReceivedRecord, ReceivedRecord>();
  const lacking = new Set<RecordId>();
  for (const { records, forward } of accepted) {
    for (const record of records) {
      const known = now.get(record.recordId);
      const after = known === undefined || known === record ? null : filledFrom(known, record);
      if (after !== null) {
        now.set(record.recordId, after);
        filled.set(record, after);
      }
      if (forward && (after !== null || inserted.has(record.recordId))) lacking.add(record.recordId);
    }
  }
  const queued = [...now.values()].filter(({ recordId, quarantine }) => quarantine === null && lacking.has(recordId));
  return { filled, queued };
}

function byRecordId(a: ReceivedRecord, b: ReceivedRecord): number {
  return a.recordId < b.recordId ? -1 : 1;
}
