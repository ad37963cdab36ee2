import { within } from '@ticket-check/runtime';
import { coalesce, type Migrations, type Store } from '@ticket-check/storage';
import type { Logger } from 'pino';

/** When an account last asked for a cinema's keys: a row for each cinema with keys that an account may ask for, at most. */
type KeyQuestionRow = {
  readonly username: string;
  readonly cinemaCode: string;
  /** Epoch milliseconds; some time behind where an account asks again and again. */
  readonly askedAt: number;
};

export type KeyDemandTables = { keyQuestion: KeyQuestionRow };

export const keyDemandMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('key_question')
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('asked_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('key_question_pk', ['username', 'cinema_code'])
      .execute();
    await db.schema.createIndex('key_question_age').on('key_question').column('asked_at').execute();
  },
};

/** Tells a demand for new keys from the regular fetching of them. */
export type KeyDemand = {
  /**
   * Notes that an account asks for a cinema's keys; true if it asked so recently, at any process, that it must miss one. Only for
   * cinemas that have keys: others leave no row.
   */
  noteAsked(username: string, cinemaCode: string): Promise<boolean>;
  /** Deletes questions that are too old to show demand; answers how many. */
  forgetOld(): Promise<number>;
};

type Question = Pick<KeyQuestionRow, 'username' | 'cinemaCode'>;

/** An account that asks again and again is written down only so often within the time that counts. */
const NOTES = 20;
/** The caller is answered when the note is durable, or after this time. */
const NOTE_MS = 100;
const MAX_PER_DELETE = 500;
const COLUMNS = { username: 'text', cinemaCode: 'text' } as const;

/**
 * A caller that fetches keys on its schedule asks once in half an hour. One that asks again within `recentMs` has met a
 * code that none of the keys it was given opens. Reading K4.
 */
export function createKeyDemand(
  store: Store<KeyDemandTables>,
  { recentMs, now, logger }: { recentMs: number; now: () => number; logger: Pick<Logger, 'error'> },
): KeyDemand {
  let isLost = false;

  const rowsOf = store.compileForRows<Question, keyof Question, KeyQuestionRow>(COLUMNS, (given) =>
    store.db
      .selectFrom(given.as('given'))
      .innerJoin('keyQuestion', (join) =>
        join
          .onRef('keyQuestion.username', '=', 'given.username')
          .onRef('keyQuestion.cinemaCode', '=', 'given.cinemaCode'),
      )
      .selectAll('keyQuestion'),
  );
  const find = coalesce<Question, number | null>(async (questions) => {
    const asked = new Map(questions.map((question) => [textOf(question), question]));
    const rows = await store.readCommitted(rowsOf([...asked.values()]));
    const found = new Map(rows.map((row) => [textOf(row), row.askedAt]));
    return questions.map((question) => found.get(textOf(question)) ?? null);
  });

  const write = coalesce<KeyQuestionRow, null>(async (questions) => {
    const last = new Map(questions.map((question) => [textOf(question), question]));
    // In one order, so that two processes do not wait for each other in a circle.
    const rows = [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    await store.transaction(
      (trx) =>
        trx
          .insertInto('keyQuestion')
          .values(rows)
          .onConflict((conflict) =>
            conflict.columns(['username', 'cinemaCode']).doUpdateSet((eb) => ({ askedAt: eb.ref('excluded.askedAt') })),
          )
          .execute(),
      // A guest may be at a gate with a code that no key opens.
      { urgent: true },
    );
    return questions.map(() => null);
  });

  /** Keys are useful even if the note cannot be written: then this question is not remembered. */
  async function note(question: KeyQuestionRow): Promise<void> {
    try {
      await write(question);
      isLost = false;
    } catch (error) {
      if (!isLost) logger.error({ err: error }, 'failed to note questions for public keys');
      isLost = true;
    }
  }

  return {
    async noteAsked(username, cinemaCode) {
      const before = await find({ username, cinemaCode });
      const askedAt = now();
      const age = before === null ? recentMs : Math.abs(askedAt - before);
      if (age >= recentMs / NOTES) await within(NOTE_MS, note({ username, cinemaCode, askedAt }));
      return age < recentMs;
    },

    async forgetOld() {
      const before = now() - recentMs;
      for (let total = 0; ; ) {
        const { numDeletedRows } = await store.transaction((trx) =>
          trx
            .deleteFrom('keyQuestion')
            .where(({ eb, refTuple, selectFrom }) =>
              eb(
                refTuple('username', 'cinemaCode'),
                'in',
                selectFrom('keyQuestion')
                  .select(['username', 'cinemaCode'])
                  .where('askedAt', '<=', before)
                  .orderBy('askedAt')
                  .limit(MAX_PER_DELETE)
                  .$asTuple('username', 'cinemaCode'),
              ),
            )
            // Also where it was asked again meanwhile.
            .where('askedAt', '<=', before)
            .executeTakeFirst(),
        );
        total += Number(numDeletedRows);
        if (numDeletedRows < MAX_PER_DELETE) return total;
      }
    },
  };
}

const textOf = ({ username, cinemaCode }: Question) => `${username} ${cinemaCode}`;
