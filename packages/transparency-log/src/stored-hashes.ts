import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { LogChangedError } from './log-changed-error.ts';
import type { LogTables } from './log-tables.ts';
import type { PlacedHash, ReadHashes } from './merkle/tiles.ts';

/** Reads the hashes of a log. @throws LogChangedError if the database lacks some. */
export function storedHashes(db: Kysely<LogTables>): ReadHashes {
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

/** Keeps what `growTree` says; `entries` are those of the leaves, in their order. */
export async function keepHashes(
  db: Kysely<LogTables>,
  rowsAsTable: Store<LogTables>['rowsAsTable'],
  placed: readonly PlacedHash[],
  entries: readonly string[],
): Promise<void> {
  const rows = placed.map(({ hash, ...place }) => ({ ...place, hash: hash.toString('base64') }));
  const leaves = rows
    .filter(({ level }) => level === 0)
    .map((leaf, index) => ({ ...leaf, entry: entries[index] ?? '' }));
  const nodes = rows.filter(({ level }) => level > 0);
  const leafTable = rowsAsTable(leaves, { position: 'integer', entry: 'text', hash: 'text' }).as('leaf');
  await db
    .insertInto('logLeaf')
    .columns(['position', 'entry', 'hash'])
    .expression(db.selectFrom(leafTable).select(['leaf.position', 'leaf.entry', 'leaf.hash']))
    .execute();
  if (nodes.length === 0) return;
  await db.insertInto('logNode').values(nodes).execute();
}
