import { hash } from 'node:crypto';
import type { ChangeKind, CinemaCode, TicketChange } from '@ticket-check/protocol';
import { acrossCinemas, createTables, isAmong, queryOverRows, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { haveSameTicket, onePerTicket, TICKET_COLUMNS, type TicketKey, ticketText } from '../tables/keys.ts';
import { insertFrom } from '../tables/record-rows.ts';

/** The cinemas of a reader as a short text: another one where they have changed. */
export function cinemasText(cinemas: readonly CinemaCode[] | ReadonlySet<CinemaCode> | 'all'): string {
  return typeof cinemas === 'string' ? cinemas : hash('sha256', [...cinemas].sort().join(' ')).slice(0, 16);
}

export type ChangeTables = {
  change: TicketKey & {
    /** From 1 on. Places are given one transaction at a time, so that none appears behind one that somebody has read. */
    position: number;
    kind: ChangeKind;
  };
  /** What changed and has no place yet: of each subject the last word. */
  changePending: TicketKey & { subject: ChangeSubject; kind: ChangeKind };
  /** One row: the last place that was given, and whose lock it takes to give the next. */
  changeHead: { id: number; position: number };
};

/** What a change is about: of two about the same, the later one counts. */
type ChangeSubject = 'refund' | 'eticket';

export const changeMigrations = createTables<ChangeTables>(
  sql`create table change (
    position bigint not null, start_time text not null, cinema_code text not null, film_ticket_code text not null,
    kind text not null, primary key (position, cinema_code)
  )`,
  sql`create index change_session on change (start_time, position)`,
  // A terminal reads the changes of its own cinemas only.
  sql`create index change_cinema on change (cinema_code, position)`,
  sql`create table change_pending (
    start_time text not null, cinema_code text not null, film_ticket_code text not null, subject text not null,
    kind text not null, primary key (start_time, cinema_code, film_ticket_code, subject)
  )`,
  sql`create table change_head (id bigint primary key, position bigint not null)`,
  sql`insert into change_head (id, position) values (1, 0)`,
);

const SUBJECT_COLUMNS = { ...TICKET_COLUMNS, subject: 'text' } as const;
const SUBJECT = ['startTime', 'cinemaCode', 'filmTicketCode', 'subject'] as const;

/** Makes what notes refunds as changes, in the transaction that adds them and before it does: those not there yet. */
export function notingRefundsIn(table: string) {
  const note = queryOverRows<ChangeTables, TicketKey, unknown>(TICKET_COLUMNS, ({ db }, given) =>
    db
      .insertInto('changePending')
      .columns([...SUBJECT, 'kind'])
      .expression(
        sql`select given.start_time, given.cinema_code, given.film_ticket_code, 'refund', 'refunded' from ${given} as given
          where not exists (select 1 from ${sql.table(table)} as known where ${haveSameTicket('known', 'given')}) order by 1, 2, 3`,
      )
      .onConflict((conflict) => conflict.doNothing()),
  );
  return (database: { db: Kysely<ChangeTables>; store: Store<ChangeTables> }, refunded: readonly TicketKey[]) =>
    note.ask(database, onePerTicket(refunded));
}

/** Notes a change in the transaction that makes it, whose caller holds the e-ticket's row: the last unread one counts. */
export async function noteChange(trx: Kysely<ChangeTables>, change: TicketChange): Promise<void> {
  const { startTime, cinemaCode, filmTicketCode, kind } = change;
  const subject = kind === 'refunded' ? 'refund' : 'eticket';
  await trx
    .insertInto('changePending')
    .values({ startTime, cinemaCode, filmTicketCode, subject, kind })
    .onConflict((conflict) => conflict.columns(SUBJECT).doUpdateSet({ kind }))
    .execute();
}

/** Changes placed in one transaction, which takes some milliseconds. */
const AT_A_TIME = 1000;

/** Gives places to what waits for one, in one transaction; returns whether nothing committed waits any more. */
export async function placeChanges(store: Store<ChangeTables>): Promise<boolean> {
  const pending = store.db.selectFrom('changePending').modifyFront(acrossCinemas('waiting')).select(SUBJECT);
  const oldest = await pending.orderBy('startTime').limit(AT_A_TIME).execute();
  if (oldest.length === 0) return true;
  await store.transaction(async (trx) => {
    const database = { db: trx, store };
    const { position } = await trx
      .selectFrom('changeHead')
      .select('position')
      .$if(store.engine === 'postgres', (query) => query.forUpdate())
      .executeTakeFirstOrThrow();
    // One that is being overwritten is waited for, and placed in its newer state.
    const taken = await takePending.ask(database, oldest);
    taken.sort((a, b) => (ticketText(a) < ticketText(b) ? -1 : 1));
    const placed = taken.map((change, index) => ({ ...change, position: position + 1 + index }));
    await insertPlaced.ask(database, placed);
    if (taken.length === 0) return;
    await trx
      .updateTable('changeHead')
      .set({ position: position + taken.length })
      .execute();
  });
  return oldest.length < AT_A_TIME;
}

type Pending = ChangeTables['changePending'];
type Placed = ChangeTables['change'];

type Subject = Pick<Pending, (typeof SUBJECT)[number]>;

const takePending = queryOverRows<ChangeTables, Subject, Pending>(SUBJECT_COLUMNS, ({ db }, given) =>
  db.deleteFrom('changePending').where(isAmong(SUBJECT_COLUMNS, given)).returningAll(),
);

const COLUMNS = { position: 'integer', ...TICKET_COLUMNS, kind: 'text' } as const;

const insertPlaced = queryOverRows<ChangeTables, Placed, unknown>(COLUMNS, ({ db }, given) =>
  insertFrom(db, 'change', given, COLUMNS),
);
