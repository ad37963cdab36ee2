import type { ChangeKind, TicketChange } from '@ticket-check/protocol';
import { type Engine, type Migrations, required } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';

type Ticket = { startTime: string; cinemaCode: string; filmTicketCode: string };

export type ChangeTables = {
  /** A change at its place in the order of the feed. */
  change: Ticket & {
    /** From 1 on. Places are given one transaction at a time, so that none appears behind one that somebody has read. */
    position: number;
    kind: ChangeKind;
  };
  /** What changed and has no place yet: of each subject the last word. */
  changePending: Ticket & { subject: ChangeSubject; kind: ChangeKind };
  /** One row: the last place that was given, and whose lock it takes to give the next. */
  changeHead: { id: number; position: number };
};

/** What a change is about: of two about the same, the later one counts. */
type ChangeSubject = 'refund' | 'eticket';

const TICKET = ['start_time', 'cinema_code', 'film_ticket_code'] as const;

export const changeMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('change')
      .$call(required('bigint', 'position'))
      .$call(required('text', ...TICKET, 'kind'))
      .addPrimaryKeyConstraint('change_pk', ['position', 'cinema_code'])
      .execute();
    // For purging.
    await db.schema.createIndex('change_session').on('change').columns(['start_time', 'position']).execute();
    // A terminal reads the changes of its own cinemas only.
    await db.schema.createIndex('change_cinema').on('change').columns(['cinema_code', 'position']).execute();
    await db.schema
      .createTable('change_pending')
      .$call(required('text', ...TICKET, 'subject', 'kind'))
      .addPrimaryKeyConstraint('change_pending_pk', [...TICKET, 'subject'])
      .execute();
    await db.schema
      .createTable('change_head')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .execute();
    await sql`insert into change_head (id, position) values (1, 0)`.execute(db);
  },
};

/**
 * Makes each row that is added to a table of refunds a change: in the step that creates the table. The database itself notes the
 * rows, in the transaction that adds them, so that none is left out; and no writer waits for another.
 */
export async function noteRefundsOf(db: Kysely<unknown>, engine: Engine, table: string): Promise<void> {
  const [from, trigger] = [sql.table(table), sql.ref(`${table}_is_change`)];
  if (engine === 'sqlite') {
    await sql`
      create trigger ${trigger} after insert on ${from}
      begin insert into change_pending (start_time, cinema_code, film_ticket_code, subject, kind) values (new.start_time, new.cinema_code, new.film_ticket_code, 'refund', 'refunded') on conflict do nothing; end
    `.execute(db);
  } else {
    const note = sql.ref(`note_${table}_rows`);
    const body = `
      begin
        insert into change_pending (start_time, cinema_code, film_ticket_code, subject, kind)
        select start_time, cinema_code, film_ticket_code, 'refund', 'refunded' from added order by 1, 2, 3
        on conflict do nothing;
        return null;
      end`;
    await sql`create function ${note}() returns trigger language plpgsql as ${sql.lit(body)}`.execute(db);
    await sql`
      create trigger ${trigger} after insert on ${from} referencing new table as added
      for each statement execute function ${note}()
    `.execute(db);
  }
}

/**
 * Notes a change in the transaction that makes it. Among unread changes to one ticket's e-ticket the last one counts, so callers
 * must hold the e-ticket's row.
 */
export async function noteChange(trx: Kysely<ChangeTables>, change: TicketChange): Promise<void> {
  const { startTime, cinemaCode, filmTicketCode, kind } = change;
  const subject = kind === 'refunded' ? 'refund' : 'eticket';
  await trx
    .insertInto('changePending')
    .values({ startTime, cinemaCode, filmTicketCode, subject, kind })
    .onConflict((conflict) =>
      conflict.columns(['startTime', 'cinemaCode', 'filmTicketCode', 'subject']).doUpdateSet({ kind }),
    )
    .execute();
}
