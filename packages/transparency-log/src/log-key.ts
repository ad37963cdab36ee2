import { createPrivateKey } from 'node:crypto';
import type { Engine } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { LogChangedError } from './log-changed-error.ts';
import { type LogKeyRow, type LogTables, NO_KEY_YET } from './log-tables.ts';
import { makeNoteKey, type NoteSigner, noteSigner } from './note/note-key.ts';

/**
 * The log of one generation of the data. A restored backup continues as another log with another key: it may lack entries
 * that the former one has vouched for, and a log never signs what contradicts a checkpoint of its own.
 */
export const originOf = (name: string, generation: string): string => `${name}/${generation}`;

/**
 * Loads all keys of the log, former generations first.
 * @throws LogChangedError if somebody emptied the table.
 */
export async function loadLogKeys(db: Kysely<LogTables>): Promise<NoteSigner[]> {
  const rows = await db.selectFrom('logKey').selectAll().orderBy('createdAt').orderBy('origin').execute();
  return keysIn(rows).map(signerIn);
}

/** The rows of keys, without the one that the table begins with. */
function keysIn(rows: readonly LogKeyRow[]): LogKeyRow[] {
  if (rows.length === 0) throw new LogChangedError('The keys of the log are gone');
  return rows.filter(({ origin }) => origin !== NO_KEY_YET);
}

/**
 * The key of this origin, and the sole right to go on with the log until the transaction ends: another process waits here. It is made
 * once, when the log of the generation begins.
 * @throws LogChangedError if the table was emptied, or the key is gone that signed the latest checkpoint.
 */
export async function takeLogKey(
  db: Kysely<LogTables>,
  engine: Engine,
  { origin, signed, now }: { origin: string; signed: string | undefined; now: number },
): Promise<NoteSigner> {
  const known = keysIn(await db.selectFrom('logKey').selectAll().execute()).some((key) => key.origin === origin);
  if (!known && signed === origin) throw new LogChangedError(`The key of ${origin} is gone`);
  if (!known) {
    await db
      .insertInto('logKey')
      .values({ origin, privateKey: makeNoteKey(), createdAt: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  // The rows of former generations too: a process that does not know of a new one yet waits for the same lock.
  const all = db.selectFrom('logKey').selectAll().orderBy('origin');
  const rows = await (engine === 'postgres' ? all.forUpdate() : all).execute();
  const row = rows.find((key) => key.origin === origin);
  if (row === undefined) throw new Error(`the key of ${origin} is gone`);
  return signerIn(row);
}

function signerIn({ origin, privateKey }: { origin: string; privateKey: string }): NoteSigner {
  return noteSigner(origin, createPrivateKey(privateKey));
}
