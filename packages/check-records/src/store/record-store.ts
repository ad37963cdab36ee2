import type { CinemaCode } from '@ticket-check/protocol';
import { chunksOf, coalesce, writeTogether } from '@ticket-check/storage';
import { createEntries } from '../entries/entry-records.ts';
import {
  type Batch,
  createDerivedIds,
  type InSameTransaction,
  insertingNew,
  type KeepResult,
  keepBatches,
  keepNew,
  NearBound,
  suspiciousIn,
} from '../keeping/keep.ts';
import { type Begun, createOutbox } from '../outbox/outbox.ts';
import { createSummary, type OverdueBy } from '../outbox/summary.ts';
import { keyOf, keyText } from '../tables/keys.ts';
import { queueing } from '../tables/outbox-rows.ts';
import { type ReceivedRecord, recordOf, type Suspicion } from '../tables/received-record.ts';
import { settleRows } from '../tables/record-rows.ts';
import { countingSuspicious } from '../tables/suspicious-rows.ts';
import type { OwnDb, OwnStore } from '../tables/tables.ts';
import { createIncomplete, createRecordList } from './list-records.ts';

export type Queued = {
  readonly incomplete: boolean;
  readonly cinemas: ReadonlySet<CinemaCode>;
  /** Of these cinemas those whose records this process may send at once. */
  readonly begun: ReadonlyMap<CinemaCode, Begun>;
};

export type QueueListener = {
  queued(queued: Queued): void;
  /** Those of these cinemas whose records it would send at once, were they all that waits. */
  readyFor(cinemas: readonly CinemaCode[]): CinemaCode[];
};

export type RecordStore = ReturnType<typeof createRecordStore>;

const MAX_A_SLICE = 100;
const MAX_BATCHES_A_COMMIT = 256;

function nearBound(error: unknown): NearBound {
  if (error instanceof NearBound) return error;
  throw error;
}

function keptOf(results: KeepResult[] | NearBound): KeepResult[] {
  if (results instanceof NearBound) throw results;
  return results;
}

export function createRecordStore(
  store: OwnStore,
  { inSameTransaction }: { inSameTransaction?: InSameTransaction } = {},
) {
  const listeners = new Set<QueueListener>();
  const outbox = createOutbox(store);
  const announce = (queued: readonly ReceivedRecord[], begun: Queued['begun'] = new Map()) => {
    if (queued.length === 0) return;
    const incomplete = queued.some((record) => record.ticketType === null);
    const cinemas = new Set(queued.map(({ cinemaCode }) => cinemaCode));
    for (const listener of listeners) listener.queued({ incomplete, cinemas, begun });
  };

  // Records that come again come in numbers, so what was met last is what is assumed next.
  let assumedNew = true;

  async function keepWithin(trx: OwnDb, batches: readonly Batch[], readyFor: QueueListener['readyFor'] = () => []) {
    const kept = await keepBatches({ db: trx, store }, batches);
    const following = kept.counted.length === 0 ? [] : await inSameTransaction?.(trx, kept.counted);
    const suspicious = countingSuspicious(store, suspiciousIn(batches, kept.results));
    const begun = await outbox.queue(trx, kept.queued, [...(following ?? []), ...suspicious], readyFor);
    return { ...kept, begun };
  }

  const readyFor: QueueListener['readyFor'] = (cinemas) => [
    ...new Set([...listeners].flatMap((listener) => listener.readyFor(cinemas))),
  ];

  async function commit(batches: readonly Batch[]): Promise<(KeepResult[] | NearBound)[]> {
    // What must be true together with new entries needs an answer in between. PostgreSQL begins to send in the transaction.
    const isPlain = store.engine === 'sqlite' && inSameTransaction === undefined;
    const queued = assumedNew && isPlain ? await keepNew(store, batches) : null;
    if (queued !== null) {
      announce(queued);
      return batches.map(({ records }) => records.map(() => 'kept'));
    }
    const kept = await store.transaction((trx) => keepWithin(trx, batches, readyFor)).catch(nearBound);
    if (kept instanceof NearBound) {
      const others = batches.filter((batch) => !kept.batches.has(batch));
      const results = (others.length === 0 ? [] : await commit(others)).values();
      return batches.map((batch) => (kept.batches.has(batch) ? kept : (results.next().value ?? [])));
    }
    assumedNew = kept.results.every((results) => results.every((result) => result === 'kept'));
    announce(kept.queued, kept.begun);
    return kept.results;
  }

  const keepTogether = coalesce(commit, { max: MAX_BATCHES_A_COMMIT, windowMs: store.engine === 'postgres' ? 1 : 0 });
  const keepSlice = coalesce(commit, { max: 1 });

  async function keepInSlices({ records, ...options }: Batch): Promise<KeepResult[]> {
    const results: KeepResult[] = [];
    for (const slice of chunksOf(records, MAX_A_SLICE))
      results.push(...keptOf(await keepSlice({ records: slice, ...options })));
    return results;
  }

  const summarize = createSummary(store);

  return {
    /**
     * Keeps a batch of records; durable when it resolves. Answers for each record, in order. What is asked for in one turn shares one
     * commit. A large batch is kept in slices, each with a commit of its own: where one fails, what came before it stays kept.
     * With `trx` the records become part of that transaction; then the caller wakes the forwarder after the commit.
     * The same record again changes nothing, except that a genuine one takes the place of a quarantined one, and that its own
     * account, or the one that replaces it, fills blanks, in which case it is sent once more. The same RecordId naming another
     * ticket, CheckTime or code is another record, kept beside it. Readings R3, R5, R7, S2, X3.
     */
    async keep(records: readonly ReceivedRecord[], options: Omit<Batch, 'records'>, trx?: OwnDb) {
      if (records.length === 0) return [];
      const batch = { records, ...options };
      if (trx !== undefined) return (await keepWithin(trx, [batch])).results[0] ?? [];
      return records.length > MAX_A_SLICE ? keepInSlices(batch) : keptOf(await keepTogether(batch));
    },

    /** Statements that keep new records, for a `batch` of a caller who wakes the forwarder; a known one fails (`isViolation`). */
    insertingNew: (records: readonly ReceivedRecord[], { forward }: { forward: boolean }) =>
      insertingNew(store, [{ records, forward }]).statements,

    /** Counts as overdue what is past a deadline, if one is given. Among many records it may be minutes old. */
    summary: (overdueBy?: OverdueBy) => summarize(overdueBy ?? null),
    ...createEntries(store),
    ...createRecordList(store),
    ...createDerivedIds(store),
    ...createIncomplete(store),
    outbox,

    /**
     * Gives quarantined records the `quarantine` that they have here; answers how many now count and are queued. `suspicious`: what
     * is counted of these, by `keyText`. R3.
     */
    async settle(
      judged: readonly ReceivedRecord[],
      { forward, suspicious }: { forward: boolean; suspicious?: ReadonlyMap<string, readonly Suspicion[]> },
    ): Promise<number> {
      if (judged.length === 0) return 0;
      const given = judged.map((record) => ({ ...keyOf(record), quarantine: record.quarantine }));
      const released = await store.transaction(async (trx) => {
        const rows = await settleRows.ask({ db: trx, store }, given);
        const records = rows.map(recordOf).filter(({ quarantine }) => quarantine === null);
        const following = records.length === 0 ? [] : await inSameTransaction?.(trx, records);
        const found = records.map((record) => [record, suspicious?.get(keyText(keyOf(record))) ?? []] as const);
        await writeTogether({ db: trx, store }, [
          ...queueing(store, forward ? records : []),
          ...(following ?? []),
          ...countingSuspicious(store, found),
        ]);
        return records;
      });
      if (forward) announce(released);
      return released.length;
    },

    /** Tells `listener` whenever records were committed to the outbox by this process; answers how to stop that. */
    onQueued(listener: QueueListener): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
