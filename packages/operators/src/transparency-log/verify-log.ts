import { type Store, withTables } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import {
  LogChangedError,
  type LogCheckpointRow,
  type LoggedTable,
  type LogTables,
  loadLogKeys,
  pagesOf,
  ROWS_A_PAGE,
} from './log-tables.ts';
import { createTreeBuilder, leafHash, type PlacedHash } from './merkle/tree.ts';
import {
  type Checkpoint,
  checkpointText,
  type NoteFault,
  type NoteVerifier,
  openNote,
  parseCheckpoint,
} from './note.ts';
import { latestCheckpoint } from './sequence.ts';

/** A fault of the log. `index` is that of the first entry concerned. */
export type LogFault =
  /** The row says something else than when it got its place. */
  | { readonly kind: 'changed' | 'deleted'; readonly index: number; readonly entry: string }
  /** The place itself is gone. */
  | { readonly kind: 'place-missing'; readonly index: number }
  /** Some entry from `index` up to and without `end` is not the one that was signed. */
  | { readonly kind: 'not-as-signed'; readonly index: number; readonly end: number }
  /** Entries that were signed are gone, from `index` on. */
  | { readonly kind: 'cut-off'; readonly index: number; readonly end: number }
  /** A stored hash over entries from `index` on is wrong: proofs made with it would be. */
  | { readonly kind: 'wrong-hash'; readonly index: number }
  /** A stored checkpoint is gone, is not signed by the log's key, or says something else than its row. */
  | { readonly kind: 'checkpoint'; readonly number: number; readonly index: number }
  /** Places that no checkpoint was signed for. */
  | { readonly kind: 'unsigned'; readonly index: number; readonly end: number }
  /** A row that never got a place, or a place that waits for a row that is gone. */
  | { readonly kind: 'never-logged' | 'gone-before-logged'; readonly index: null; readonly entry: string }
  /** The keys are gone, and with them every trace of what was logged. */
  | { readonly kind: 'emptied'; readonly index: null }
  /** The log has fewer entries than a checkpoint that was handed out, or others. */
  | { readonly kind: 'less-than-known' | 'not-as-known'; readonly index: number; readonly end: number };

export type VerifiedLog = {
  /** The latest checkpoint, up to which the log was looked at. */
  readonly checkpoint: Checkpoint | null;
  /** How many entries have no place yet. */
  readonly waiting: number;
  readonly faults: readonly LogFault[];
};

/**
 * Recomputes a log from its rows and compares everything stored of it: every leaf, every hash, every checkpoint. It stops at the
 * first fault of the tree. Rows added meanwhile are not checked.
 *
 * @param known a checkpoint that was handed out earlier and that the log has to contain
 */
export async function verifyLog<DB extends LogTables>(
  store: Store<DB>,
  logged: LoggedTable<DB>,
  known: Checkpoint | null = null,
): Promise<VerifiedLog> {
  const db: Kysely<LogTables> = withTables(store.db);
  const latest = await latestCheckpoint(db);
  const keys = await loadLogKeys(db).catch((error: unknown) => {
    if (error instanceof LogChangedError) return null;
    throw error;
  });
  const faults: LogFault[] = keys === null ? [{ kind: 'emptied', index: null }] : [];
  const fault = latest && keys && (await firstFault(store, logged, { latest, known, keys }));
  if (fault) faults.push(fault);
  if (known !== null && known.size > (latest?.size ?? 0)) {
    faults.push({ kind: 'less-than-known', index: latest?.size ?? 0, end: known.size });
  }
  faults.push(...(await unsigned(db)), ...(await withoutPlace(db, logged)));
  const { waiting } = await db
    .selectFrom('logPending')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .executeTakeFirstOrThrow();
  return { checkpoint: latest === undefined ? null : checkpointIn(latest), waiting, faults };
}

async function firstFault<DB extends LogTables>(
  store: Store<DB>,
  logged: LoggedTable<DB>,
  { latest, known, keys }: { latest: LogCheckpointRow; known: Checkpoint | null; keys: readonly NoteVerifier[] },
): Promise<LogFault | null> {
  const db: Kysely<LogTables> = withTables(store.db);
  const tree = createTreeBuilder();
  const checkpoints = checkpointsUpTo(db, latest.number);
  let signedUpTo = 0;
  let checkpoint = await checkpoints.next();
  let expectedNumber = 0;

  /** Compares what was signed at the size that the tree has now. */
  async function compareSigned(): Promise<LogFault | null> {
    if (known?.size === tree.size() && !tree.root().equals(known.root)) {
      return { kind: 'not-as-known', index: 0, end: known.size };
    }
    while (!checkpoint.done && checkpoint.value.size === tree.size()) {
      const row = checkpoint.value;
      if (row.number !== expectedNumber || !isSigned(row, keys)) {
        return { kind: 'checkpoint', number: expectedNumber, index: signedUpTo };
      }
      if (row.root !== tree.root().toString('base64')) {
        return { kind: 'not-as-signed', index: signedUpTo, end: row.size };
      }
      signedUpTo = row.size;
      expectedNumber += 1;
      checkpoint = await checkpoints.next();
    }
    return null;
  }

  const atTheStart = await compareSigned();
  if (atTheStart !== null) return atTheStart;
  for await (const page of leafPages(db, latest.size)) {
    const leaves = await logged.leaves(store.db, page);
    const nodes: PlacedHash[] = [];
    for (const { position, entry, hash } of page) {
      const index = tree.size();
      if (position !== index) return { kind: 'place-missing', index };
      const leaf = leaves.get(entry);
      if (leaf === undefined) return { kind: 'deleted', index, entry };
      const computed = leafHash(leaf);
      if (computed.toString('base64') !== hash) return { kind: 'changed', index, entry };
      nodes.push(...tree.add(computed));
      const fault = await compareSigned();
      if (fault !== null) return fault;
    }
    const wrong = await wrongNode(db, nodes);
    if (wrong !== null) return wrong;
  }
  if (tree.size() < latest.size) return { kind: 'cut-off', index: tree.size(), end: latest.size };
  if (checkpoint.done) return null;
  // A checkpoint of a size that the tree never had at its turn.
  return { kind: 'checkpoint', number: checkpoint.value.number, index: signedUpTo };
}

function isSigned(row: LogCheckpointRow, keys: readonly NoteVerifier[]): boolean {
  const itsKeys = keys.filter(({ name }) => name === row.origin);
  const opened = openNote(row.note, itsKeys);
  return 'text' in opened && opened.text === checkpointText(checkpointIn(row));
}

function checkpointIn({ origin, size, root }: LogCheckpointRow): Checkpoint {
  return { origin, size, root: Buffer.from(root, 'base64') };
}

/** A checkpoint that was handed out, if one of these keys signed it. */
export function openCheckpoint(
  note: string,
  keys: readonly NoteVerifier[],
): Checkpoint | { readonly fault: NoteFault } {
  const opened = openNote(note, keys);
  if ('fault' in opened) return opened;
  const checkpoint = parseCheckpoint(opened.text);
  return checkpoint?.origin === opened.by.name ? checkpoint : { fault: 'malformed' };
}

const leafPages = (db: Kysely<LogTables>, size: number) =>
  pagesOf<LogTables['logLeaf']>((last) =>
    db
      .selectFrom('logLeaf')
      .selectAll()
      .where('position', '>', last?.position ?? -1)
      .where('position', '<', size)
      .orderBy('position')
      .limit(ROWS_A_PAGE)
      .execute(),
  );

async function wrongNode(db: Kysely<LogTables>, nodes: readonly PlacedHash[]): Promise<LogFault | null> {
  for (const { level, position, hash } of nodes) {
    const stored = await db
      .selectFrom('logNode')
      .select('hash')
      .where('level', '=', level)
      .where('position', '=', position)
      .executeTakeFirst();
    if (stored?.hash !== hash.toString('base64')) return { kind: 'wrong-hash', index: position * 256 ** level };
  }
  return null;
}

async function* checkpointsUpTo(db: Kysely<LogTables>, latest: number): AsyncGenerator<LogCheckpointRow, undefined> {
  const pages = pagesOf<LogCheckpointRow>((last) =>
    db
      .selectFrom('logCheckpoint')
      .selectAll()
      .where('number', '>', last?.number ?? -1)
      .where('number', '<=', latest)
      .orderBy('number')
      .limit(ROWS_A_PAGE)
      .execute(),
  );
  for await (const page of pages) yield* page;
}

async function unsigned(db: Kysely<LogTables>): Promise<LogFault[]> {
  // One statement, so that a checkpoint that is signed meanwhile comes with its places.
  const { rows } = await sql<{ places: number | null; size: number | null }>`
    select (select max(position) + 1 from log_leaf) as places,
      (select size from log_checkpoint order by number desc limit 1) as size
  `.execute(db);
  const [places, size] = [rows[0]?.places ?? 0, rows[0]?.size ?? 0];
  return places > size ? [{ kind: 'unsigned', index: size, end: places }] : [];
}

/** Finds rows that were never queued for the log, and queued entries whose rows are gone. */
async function withoutPlace<DB>(db: Kysely<LogTables>, { table, key }: LoggedTable<DB>): Promise<LogFault[]> {
  const [rows, id] = [sql.table(table), sql.ref(`${table}.${key}`)];
  const never = await sql<{ entry: string }>`
    select ${id} as entry from ${rows}
    where not exists (select 1 from log_leaf where log_leaf.entry = ${id} and log_leaf.position >= 0)
      and not exists (select 1 from log_pending where log_pending.entry = ${id})
    order by ${id} limit 10
  `.execute(db);
  const gone = await sql<{ entry: string }>`
    select entry from log_pending
    where not exists (select 1 from ${rows} where ${id} = log_pending.entry)
    order by entry limit 10
  `.execute(db);
  return [
    ...never.rows.map(({ entry }) => ({ kind: 'never-logged' as const, index: null, entry })),
    ...gone.rows.map(({ entry }) => ({ kind: 'gone-before-logged' as const, index: null, entry })),
  ];
}
