import { loadCurrentGeneration, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { leavesOf } from './leaves.ts';
import { LogChangedError, type LogCheckpointRow, type OperationTables, originOf, takeLogKey } from './log-tables.ts';
import { createTreeBuilder, type Hash, leafHash, perfectTrees, type ReadHashes } from './merkle/tree.ts';
import { checkpointText, signNote } from './note.ts';

/** The most entries that get their places in one transaction. */
const MAX_ENTRIES = 2000;
/** The least time between two checkpoints of all processes. */
const CHECKPOINT_EVERY_MS = 1000;

/** The result of a run: nothing to do, too soon after the last checkpoint, or a new checkpoint. */
export type Sequenced =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'too-soon'; readonly waitMs: number }
  | { readonly kind: 'signed'; readonly size: number; readonly isAll: boolean };

/**
 * Assigns waiting entries their places in the log, in the order of their ids, and signs one checkpoint over them, in one
 * transaction that one process at a time runs.
 * @throws LogChangedError if the log does not continue its latest checkpoint: it never signs over changed data.
 */
export async function sequence(store: Store<OperationTables>, clock: () => number): Promise<Sequenced> {
  if (!(await isDue(store.db))) return { kind: 'nothing' };
  return store.transaction(async (within) => {
    const { generation } = await loadCurrentGeneration(within);
    const origin = originOf(generation);
    const signed = (await latestCheckpoint(within))?.origin;
    const signer = await takeLogKey(within, store.engine, { origin, signed, now: clock() });
    // Asked once the lock is held.
    const latest = await latestCheckpoint(within);
    const sinceMs = clock() - (latest?.signedAt ?? Number.NEGATIVE_INFINITY);
    // If the clock was set back nothing is known, and nothing waits for it.
    if (sinceMs >= 0 && sinceMs < CHECKPOINT_EVERY_MS) {
      return { kind: 'too-soon', waitMs: CHECKPOINT_EVERY_MS - sinceMs };
    }
    const before = latest?.size ?? 0;
    const tree = createTreeBuilder(await perfectTrees(storedHashes(within), 0, before));
    if (latest !== undefined) assertContinues(before, latest.root, tree.root());

    const waiting = await within.selectFrom('logPending').selectAll().orderBy('entry').limit(MAX_ENTRIES).execute();
    const added = await placeAll(store, within, waiting, before);
    if (added.length === 0 && latest?.origin === origin) return { kind: 'nothing' };
    if (added.length > 0) {
      const leaves = added.map(({ entry, leaf }, index) => ({ position: before + index, entry, hash: leafHash(leaf) }));
      const given = store.rowsAsTable(leaves.map(inBase64), LEAF_COLUMNS).as('given');
      await within
        .insertInto('logLeaf')
        .columns(['position', 'entry', 'hash'])
        .expression(within.selectFrom(given).select(['given.position', 'given.entry', 'given.hash']))
        .execute();
      const nodes = leaves.flatMap(({ hash }) => tree.add(hash));
      if (nodes.length > 0) await within.insertInto('logNode').values(nodes.map(inBase64)).execute();
      const placed = within.selectFrom('logLeaf').select('entry').where('position', '>=', before);
      await within.deleteFrom('logPending').where('entry', 'in', placed).execute();
    }
    const [size, root] = [tree.size(), tree.root()];
    await within
      .insertInto('logCheckpoint')
      .values({
        number: (latest?.number ?? -1) + 1,
        origin,
        size,
        root: root.toString('base64'),
        note: signNote(checkpointText({ origin, size, root }), signer),
        signedAt: clock(),
      })
      .execute();
    return { kind: 'signed', size, isAll: waiting.length < MAX_ENTRIES };
  });
}

export async function latestCheckpoint(db: Kysely<OperationTables>): Promise<LogCheckpointRow | undefined> {
  return db.selectFrom('logCheckpoint').selectAll().orderBy('number', 'desc').limit(1).executeTakeFirst();
}

/** Whether there is anything to do; asked without a lock, once a second, in one statement. */
async function isDue(db: Kysely<OperationTables>): Promise<boolean> {
  const { rows } = await sql<{ pending: string | null; generation: string; origin: string | null }>`
    select generation, (select entry from log_pending limit 1) as pending,
      (select origin from log_checkpoint order by number desc limit 1) as origin
    from store_generation
  `.execute(db);
  const [seen] = rows;
  return seen === undefined || seen.pending !== null || seen.origin !== originOf(seen.generation);
}

/** The leaves of waiting rows at the places that follow. One deleted before has none, which verification reports; no other waits. */
async function placeAll(
  store: Store<OperationTables>,
  db: Kysely<OperationTables>,
  waiting: readonly { entry: string }[],
  from: number,
): Promise<{ entry: string; leaf: string }[]> {
  if (waiting.length === 0) return [];
  const placed = waiting.map(({ entry }, index) => ({ entry, position: from + index }));
  const leaves = await leavesOf(store, db, placed);
  const present = waiting.filter(({ entry }) => leaves.has(entry));
  // The places of those behind a gap are others.
  if (present.length < waiting.length) return placeAll(store, db, present, from);
  return present.map(({ entry }) => ({ entry, leaf: leaves.get(entry) ?? '' }));
}

function assertContinues(size: number, signed: string, root: Buffer): void {
  if (root.toString('base64') === signed) return;
  throw new LogChangedError(
    `The log of ${size} entries is not the one that its latest checkpoint was signed for, and nothing is signed over that`,
  );
}

/** Reads the hashes of a log. @throws LogChangedError if the database lacks some. */
export function storedHashes(db: Kysely<OperationTables>): ReadHashes {
  return async (level, from, count) => {
    if (count === 0) return [];
    const leaves = db.selectFrom('logLeaf').select(['position', 'hash']);
    const nodes = db.selectFrom('logNode').select(['position', 'hash']).where('level', '=', level);
    const rows = await db
      .selectFrom((level === 0 ? leaves : nodes).as('kept'))
      .select('hash')
      .where('position', '>=', from)
      .where('position', '<', from + count)
      .orderBy('position')
      .execute();
    if (rows.length !== count) {
      throw new LogChangedError('The log lacks hashes that it had');
    }
    return rows.map(({ hash }) => Buffer.from(hash, 'base64'));
  };
}

const LEAF_COLUMNS = { position: 'integer', entry: 'text', hash: 'text' } as const;

const inBase64 = <Row extends { readonly hash: Hash }>(row: Row) => ({ ...row, hash: row.hash.toString('base64') });
