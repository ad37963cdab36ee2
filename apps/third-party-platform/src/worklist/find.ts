import {
  haveSameTicket,
  type InSameTransaction,
  isDouble,
  isEntered,
  onePerTicket,
  TICKET_COLUMNS,
  type TicketKey,
  ticketKeyOf,
  ticketText,
} from '@ticket-check/check-records';
import { type TicketChange, type TicketIdentity, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock, Logger } from '@ticket-check/runtime';
import { byCinema, coalesce, queryOverRows, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import {
  keepRefunds,
  knownRefunds,
  REFUNDED_COLUMNS,
  type Refunded,
  type RefundTables,
} from '../changes/known-refunds.ts';
import { lockTicketsOnly } from '../claims/apply-events.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import type { FindingTables } from './worklist.ts';

export type FoundTables = KnownTables & FindingTables & RefundTables;

type Arrived = TicketKey & { readonly receivedAt: string };
const ARRIVED = { ...TICKET_COLUMNS, receivedAt: 'text' } as const;

/**
 * Puts the tickets of new entries on the worklist that have more than one now, or were refunded, in the transaction that keeps
 * them. One whose outcome was noted is open again. Runs after the tickets were locked. Reading R7.
 */
export function findingAmong(store: Store<FoundTables>): InSameTransaction {
  return async (_, newRecords) => {
    const inOrder = newRecords.toSorted((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1));
    const tickets = [...new Map(inOrder.map((record) => [ticketText(record), record])).values()];
    return [...doublesAmong.statements(store, tickets), ...refundedAmong.statements(store, tickets)];
  };
}

const FINDING_KEY = ['startTime', 'cinemaCode', 'filmTicketCode', 'kind'] as const;
const GIVEN_KEY = sql`given.start_time, given.cinema_code, given.film_ticket_code`;

const doublesAmong = queryOverRows<FoundTables, Arrived, unknown>(ARRIVED, ({ db }, given) =>
  db
    .insertInto('finding')
    .columns([...FINDING_KEY, 'foundAt'])
    .expression(sql`select ${GIVEN_KEY}, 'DOUBLE', given.received_at from ${given} as given where ${isDouble} = 1`)
    .onConflict((conflict) =>
      conflict
        .columns(FINDING_KEY)
        .doUpdateSet((eb) => ({ foundAt: eb.ref('excluded.foundAt'), notedAt: sql<null>`null` })),
    ),
);

const refundedAmong = queryOverRows<FoundTables, Arrived, unknown>(ARRIVED, ({ db }, given) =>
  db
    .insertInto('finding')
    .columns([...FINDING_KEY, 'foundAt', 'refundedAt'])
    .expression(
      sql`select ${GIVEN_KEY}, 'LATE_REFUND', given.received_at, r.refunded_at
        from ${given} as given join ticket_refund r on ${haveSameTicket('r', 'given')} where true`,
    )
    .onConflict((conflict) => conflict.columns(FINDING_KEY).doNothing()),
);

/** Keeps refunded tickets, once each; one is on the worklist as soon as it has an entry here. */
export function notingRefunds(
  store: Store<FoundTables>,
  { now, logger }: { now: Clock; logger: Pick<Logger, 'warn'> },
) {
  const note = coalesce(async (refunded: Refunded[]) => {
    const each = onePerTicket(refunded);
    const known = await knownRefunds(store, each);
    const unknown = each.filter((ticket) => {
      const before = known.get(ticketText(ticket));
      return before === undefined || (before.refundedAt === null && ticket.refundedAt !== null);
    });
    if (unknown.length > 0) await store.transaction((trx) => noteIn(trx, unknown));
    return refunded.map(() => undefined);
  });

  async function noteIn(trx: Kysely<FoundTables>, refunded: readonly Refunded[]): Promise<void> {
    const at = wallClockAt(now());
    for (const each of byCinema(store, onePerTicket(refunded))) {
      // An entry whose ticket is locked is kept before or after: neither misses the other.
      await lockTicketsOnly({ db: trx, store }, each);
      await keepRefunds(store, trx, each, at);
      const given = store.rowsAsTable(each, REFUNDED_COLUMNS);
      await sql`
        insert into finding (start_time, cinema_code, film_ticket_code, kind, found_at, refunded_at)
        select given.start_time, given.cinema_code, given.film_ticket_code, 'LATE_REFUND', ${at}, given.refunded_at
        from ${given} as given where ${isEntered}
        on conflict (start_time, cinema_code, film_ticket_code, kind) do update set refunded_at = excluded.refunded_at
        where finding.refunded_at is null and excluded.refunded_at is not null
      `.execute(trx);
    }
  }

  return {
    /**
     * Notes that the national platform reported a ticket as refunded. A failure to write it goes to the log: the caller is answered
     * all the same.
     */
    async note(ticket: TicketIdentity, refundedAt: WallClock | null): Promise<void> {
      try {
        await note({ ...ticketKeyOf(ticket), refundedAt });
      } catch (error) {
        logger.warn({ err: error }, 'failed to note a refund');
      }
    },
    /** Keeps the refunds among changes, in an open transaction. Reading X9. */
    async keep(trx: Kysely<FoundTables>, changes: readonly TicketChange[]): Promise<void> {
      const refunded = changes.filter(({ kind }) => kind === 'refunded');
      await noteIn(
        trx,
        refunded.map((ticket) => ({ ...ticketKeyOf(ticket), refundedAt: null })),
      );
    },
  };
}
