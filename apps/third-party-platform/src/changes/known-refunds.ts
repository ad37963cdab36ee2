import {
  type ChangeTables,
  haveSameTicket,
  notingRefundsIn,
  TICKET_COLUMNS,
  type TicketKey,
  ticketKeyOf,
  ticketText,
} from '@ticket-check/check-records';
import type { TicketIdentity, WallClock } from '@ticket-check/protocol';
import { acrossCinemas, createTables, lookUp, queryOverRows, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';

export type RefundTables = {
  /** A ticket that the national platform reported as refunded. A refund is never withdrawn. */
  ticketRefund: TicketKey & {
    /** The RefundTime from the national platform; null if it gave none, as in its changes. */
    refundedAt: string | null;
    /** When this platform learned of it. */
    knownAt: string;
  };
};

export const refundMigrations = createTables<RefundTables>(
  sql`create table ticket_refund (
    start_time text not null, cinema_code text not null, film_ticket_code text not null, refunded_at text,
    known_at text not null, primary key (start_time, cinema_code, film_ticket_code)
  )`,
);

export type Refunded = TicketKey & { readonly refundedAt: string | null };

export const REFUNDED_COLUMNS = { ...TICKET_COLUMNS, refundedAt: 'text' } as const;

/** Those of the tickets that are known to have been refunded, by `ticketText`, in one query. */
export async function knownRefunds(
  store: Store<RefundTables>,
  tickets: readonly TicketKey[],
): Promise<ReadonlyMap<string, Refunded & { readonly knownAt: string }>> {
  if (tickets.length === 0) return new Map();
  const rows = await refundsOf.find(store, tickets);
  return new Map(rows.map((row) => [ticketText(row), row]));
}

/** Whether a ticket is known to have been refunded. Those who ask in one moment share a query. */
export function createIsRefunded(store: Store<RefundTables>): (ticket: TicketIdentity) => Promise<boolean> {
  const refunds = lookUp(store, refundsOf, ticketText);
  return async (ticket) => (await refunds(ticketKeyOf(ticket))).length > 0;
}

const refundsOf = queryOverRows<RefundTables, TicketKey, RefundTables['ticketRefund']>(
  TICKET_COLUMNS,
  ({ db }, given) =>
    db
      .selectFrom(given.as('given'))
      .innerJoin('ticketRefund as r', (join) => join.on(haveSameTicket('r', 'given')))
      .selectAll('r'),
);

const noteRefunds = notingRefundsIn('ticketRefund');

/** Keeps refunds of one cinema in an open transaction, and fills in what was unknown before. */
export async function keepRefunds(
  store: Store<RefundTables>,
  db: Kysely<RefundTables>,
  refunded: readonly Refunded[],
  knownAt: WallClock,
): Promise<void> {
  await noteRefunds(
    { db: db.withTables<ChangeTables>(), store: store as Store<ChangeTables & RefundTables> },
    refunded,
  );
  const given = store.rowsAsTable(refunded, REFUNDED_COLUMNS);
  await sql`
    insert into ticket_refund (start_time, cinema_code, film_ticket_code, refunded_at, known_at)
    select given.start_time, given.cinema_code, given.film_ticket_code, given.refunded_at, ${knownAt} from ${given} as given
    where true order by 1, 2, 3
    on conflict (start_time, cinema_code, film_ticket_code) do update set refunded_at = excluded.refunded_at
    where ticket_refund.refunded_at is null and excluded.refunded_at is not null
  `.execute(db);
}

export async function countRefunds({ db }: Pick<Store<RefundTables>, 'db'>): Promise<number> {
  const { count } = await db
    .selectFrom('ticketRefund')
    .modifyFront(acrossCinemas('report'))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}
