import { within } from '@ticket-check/runtime';
import { createTables, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { Logger } from 'pino';

export type KeyDemandTables = {
  /** When an account last asked for a cinema's keys: at most a row for each cinema with keys that an account may ask for. */
  keyQuestion: {
    readonly username: string;
    readonly cinemaCode: string;
    /** Epoch milliseconds; somewhat behind for an account that asks again and again. */
    readonly askedAt: number;
  };
};

export const keyDemandMigrations = createTables<KeyDemandTables>(
  sql`create table key_question (
    username text not null, cinema_code text not null, asked_at bigint not null,
    primary key (username, cinema_code)
  )`,
);

/**
 * Notes that an account asks for a cinema's keys; true if it asked so recently, at any process, that it must miss one. Only for
 * cinemas that have keys: others leave no row.
 */
export type NoteKeyQuestion = (username: string, cinemaCode: string) => Promise<boolean>;

/** An account that asks again and again is written down only so often within the time that counts. */
const NOTES = 20;
/** The caller is answered when the note is durable, or after this time. */
const NOTE_MS = 100;

/**
 * Distinguishes a demand for new keys from regular fetching. A caller that fetches keys on its schedule asks once in half an
 * hour; one that asks again within `recentMs` has met a code that none of its keys opens. Reading K4.
 */
export function createKeyDemand(
  { db, transaction }: Store<KeyDemandTables>,
  { recentMs, now, logger }: { recentMs: number; now: () => number; logger: Pick<Logger, 'error'> },
): NoteKeyQuestion {
  let isLost = false;

  /** Keys are useful even if the note cannot be written: then this question is not remembered. */
  const note = (question: KeyDemandTables['keyQuestion']) =>
    transaction(
      (trx) =>
        trx
          .insertInto('keyQuestion')
          .values(question)
          .onConflict((conflict) =>
            conflict.columns(['username', 'cinemaCode']).doUpdateSet({ askedAt: question.askedAt }),
          )
          .execute(),
      // A guest may be at a gate with a code that no key opens.
      { urgent: true },
    ).then(
      () => {
        isLost = false;
      },
      (err: unknown) => {
        if (!isLost) logger.error({ err }, 'failed to note a question for public keys');
        isLost = true;
      },
    );

  return async (username, cinemaCode) => {
    const before = await db
      .selectFrom('keyQuestion')
      .select('askedAt')
      .where('username', '=', username)
      .where('cinemaCode', '=', cinemaCode)
      .executeTakeFirst();
    const askedAt = now();
    const age = before === undefined ? recentMs : Math.abs(askedAt - before.askedAt);
    if (age >= recentMs / NOTES) await within(NOTE_MS, note({ username, cinemaCode, askedAt }));
    return age < recentMs;
  };
}
