import { createPrivateKey } from 'node:crypto';
import type { Engine } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { LogTables } from './log-tables.ts';
import { makeNoteKey, type NoteSigner, noteSigner } from './note/note-key.ts';

/**
 * The log of one generation of the data. A restored backup continues as another log with another key: it may lack entries
 * that the former one has vouched for, and a log never signs what contradicts a checkpoint of its own.
 */
export const originOf = (name: string, generation: string): string => `${name}/${generation}`;

/** All keys of the log, those of former generations first. */
export async function loadLogKeys(db: Kysely<LogTables>): Promise<NoteSigner[]> {
  const rows = await db.selectFrom('logKey').selectAll().orderBy('createdAt').orderBy('origin').execute();
  return rows.map(signerIn);
}

/**
 * The key of this origin, made where there is none, and the sole right to go on with the log until the transaction ends:
 * another process waits here.
 */
export async function takeLogKey(
  db: Kysely<LogTables>,
  engine: Engine,
  { origin, now }: { origin: string; now: number },
): Promise<NoteSigner> {
  const known = await db.selectFrom('logKey').select('origin').where('origin', '=', origin).executeTakeFirst();
  if (known === undefined) {
    await db
      .insertInto('logKey')
      .values({ origin, privateKey: makeNoteKey(), createdAt: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  // The rows of former generations too: a process that has not heard of a new one yet waits for the same lock.
  const all = db.selectFrom('logKey').selectAll().orderBy('origin');
  const rows = await (engine === 'postgres' ? all.forUpdate() : all).execute();
  const row = rows.find((key) => key.origin === origin);
  if (row === undefined) throw new Error(`the key of ${origin} is gone`);
  return signerIn(row);
}

function signerIn({ origin, privateKey }: { origin: string; privateKey: string }): NoteSigner {
  return noteSigner(origin, createPrivateKey(privateKey));
}
