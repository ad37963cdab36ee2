import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { leavesOf } from './leaves.ts';
import {
  LogChangedError,
  type LogCheckpointRow,
  loadLogKeys,
  type OperationTables,
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

/** A fault of the log, for the person who has to account for it; `index`: the first entry concerned, where one can be named. */
type LogFault = { readonly index: number | null; readonly sentence: string };

const fault = (index: number | null, sentence: string): LogFault => ({ index, sentence });

/**
 * Recomputes a log from its rows and compares every leaf, hash and checkpoint, up to the latest; stops at the first fault of the tree.
 * `known`: a checkpoint that was handed out earlier and that the log has to contain.
 */
export async function verifyLog(store: Store<OperationTables>, known: Checkpoint | null) {
  const { db } = store;
  const latest = await latestCheckpoint(db);
  const keys = await loadLogKeys(db).catch((error: unknown) => {
    if (error instanceof LogChangedError) return null;
    throw error;
  });
  const faults: LogFault[] =
    keys === null ? [fault(null, 'The tables of the log were emptied: its keys are gone.')] : [];
  const first = latest && keys && (await firstFault(store, { latest, known, keys }));
  if (first) faults.push(first);
  if (known !== null && known.size > (latest?.size ?? 0)) {
    const size = latest?.size ?? 0;
    const sentence = `The end was cut off: the checkpoint given has ${known.size} entries, and the log has ${size}.`;
    faults.push(fault(size, sentence));
  }
  faults.push(...(await unsigned(db)), ...(await withoutPlace(db)));
  const { waiting } = await db
    .selectFrom('logPending')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .executeTakeFirstOrThrow();
  return { checkpoint: latest === undefined ? null : checkpointIn(latest), waiting, faults };
}

async function firstFault(
  store: Store<OperationTables>,
  { latest, known, keys }: { latest: LogCheckpointRow; known: Checkpoint | null; keys: readonly NoteVerifier[] },
): Promise<LogFault | null> {
  const { db } = store;
  const tree = createTreeBuilder();
  const checkpoints = checkpointsUpTo(db, latest.number);
  let signedUpTo = 0;
  let checkpoint = await checkpoints.next();
  let expectedNumber = 0;

  async function compareSigned(): Promise<LogFault | null> {
    if (known?.size === tree.size() && !tree.root().equals(known.root)) {
      return fault(
        0,
        `The first ${known.size} entries are not those of the checkpoint given: at least one of them was changed, and everything after it was recomputed.`,
      );
    }
    while (!checkpoint.done && checkpoint.value.size === tree.size()) {
      const row = checkpoint.value;
      if (row.number !== expectedNumber || !isSigned(row, keys)) {
        return wrongCheckpoint(expectedNumber, signedUpTo);
      }
      if (row.root !== tree.root().toString('base64')) {
        return fault(
          signedUpTo,
          `Entries ${signedUpTo} to ${row.size - 1} are not what was signed: at least one of them was changed, and its hash with it.`,
        );
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
    const leaves = await leavesOf(store, db, page);
    const nodes: PlacedHash[] = [];
    for (const { position, entry, hash } of page) {
      const index = tree.size();
      if (position !== index) return fault(index, `The place of entry ${index} is gone from the log.`);
      const leaf = leaves.get(entry);
      if (leaf === undefined) return fault(index, `Entry ${index} (${entry}) was deleted.`);
      const computed = leafHash(leaf);
      if (computed.toString('base64') !== hash)
        return fault(index, `Entry ${index} (${entry}) was changed after it was written.`);
      nodes.push(...tree.add(computed));
      const unlikeSigned = await compareSigned();
      if (unlikeSigned !== null) return unlikeSigned;
    }
    const wrong = await wrongNode(db, nodes);
    if (wrong !== null) return wrong;
  }
  const size = tree.size();
  if (size < latest.size)
    return fault(size, `The end was cut off: entries ${size} to ${latest.size - 1} were signed and are gone.`);
  if (checkpoint.done) return null;
  // A checkpoint of a size that the tree never had at its turn.
  return wrongCheckpoint(checkpoint.value.number, signedUpTo);
}

const wrongCheckpoint = (number: number, index: number): LogFault =>
  fault(
    index,
    `Checkpoint ${number}, of entries from ${index} on, is gone, or was changed, or is not signed with the key of the log.`,
  );

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

const leafPages = (db: Kysely<OperationTables>, size: number) =>
  pagesOf<OperationTables['logLeaf']>((last) =>
    db
      .selectFrom('logLeaf')
      .selectAll()
      .where('position', '>', last?.position ?? -1)
      .where('position', '<', size)
      .orderBy('position')
      .limit(ROWS_A_PAGE)
      .execute(),
  );

async function wrongNode(db: Kysely<OperationTables>, nodes: readonly PlacedHash[]): Promise<LogFault | null> {
  for (const { level, position, hash } of nodes) {
    const stored = await db
      .selectFrom('logNode')
      .select('hash')
      .where('level', '=', level)
      .where('position', '=', position)
      .executeTakeFirst();
    const index = position * 256 ** level;
    if (stored?.hash !== hash.toString('base64'))
      return fault(
        index,
        `A stored hash over the entries from ${index} on is wrong or gone; the entries themselves fit up to there.`,
      );
  }
  return null;
}

async function* checkpointsUpTo(
  db: Kysely<OperationTables>,
  latest: number,
): AsyncGenerator<LogCheckpointRow, undefined> {
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

async function unsigned(db: Kysely<OperationTables>): Promise<LogFault[]> {
  // One statement, so that a checkpoint that is signed meanwhile comes with its places.
  const { rows } = await sql<{ places: number | null; size: number | null }>`
    select (select max(position) + 1 from log_leaf) as places,
      (select size from log_checkpoint order by number desc limit 1) as size
  `.execute(db);
  const [places, size] = [rows[0]?.places ?? 0, rows[0]?.size ?? 0];
  const sentence = `Entries ${size} to ${places - 1} have places that no checkpoint was signed for.`;
  return places > size ? [fault(size, sentence)] : [];
}

/** Finds rows that were never queued for the log, and queued entries whose rows are gone. */
async function withoutPlace(db: Kysely<OperationTables>): Promise<LogFault[]> {
  const never = await sql<{ entry: string }>`
    select id as entry from operation
    where not exists (select 1 from log_leaf where log_leaf.entry = operation.id and log_leaf.position >= 0)
      and not exists (select 1 from log_pending where log_pending.entry = operation.id)
    order by id limit 10
  `.execute(db);
  const gone = await sql<{ entry: string }>`
    select entry from log_pending
    where not exists (select 1 from operation where operation.id = log_pending.entry)
    order by entry limit 10
  `.execute(db);
  return [
    ...never.rows.map(({ entry }) =>
      fault(null, `Operation ${entry} was never entered in the log: it was written past it, or its place was removed.`),
    ),
    ...gone.rows.map(({ entry }) => fault(null, `Operation ${entry} was deleted before it was entered in the log.`)),
  ];
}
