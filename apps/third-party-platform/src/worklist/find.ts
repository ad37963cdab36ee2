import {
  type CheckRecordTables,
  type InSameTransaction,
  isDouble,
  isEntered,
  TICKET_COLUMNS,
  type TicketKey,
  ticketText,
} from '@ticket-check/check-records';
import { addSeconds, type TicketIdentity, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock, Logger } from '@ticket-check/runtime';
import { coalesce, queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { FindingTables } from './finding-tables.ts';

export type FoundTables = CheckRecordTables & FindingTables;

type Arrived = TicketKey & { readonly receivedAt: string };
const ARRIVED = { ...TICKET_COLUMNS, receivedAt: 'text' } as const;

/**
 * Puts the tickets of new entries on the worklist that have more than one now, or were refunded, in the transaction that keeps
 * them. One whose outcome was noted is open again. Runs after the tickets were locked. Reading R7.
 */
export function findingAmong(store: Store<FoundTables>): InSameTransaction {
  return async (trx, newRecords) => {
    const latest = new Map<string, Arrived>();
    for (const record of newRecords) {
      const key = ticketText(record);
      const before = latest.get(key);
      if (before === undefined || before.receivedAt < record.receivedAt) latest.set(key, record);
    }
    const database = { db: trx.withTables<FindingTables>(), store };
    const tickets = [...latest.values()];
    await doublesAmong.ask(database, tickets);
    await refundedAmong.ask(database, tickets);
  };
}

const doublesAmong = queryOverRows<FoundTables, Arrived, keyof Arrived, unknown>(ARRIVED, ({ db }, given) =>
  db
    .insertInto('finding')
    .columns(['startTime', 'cinemaCode', 'filmTicketCode', 'kind', 'foundAt'])
    .expression((eb) =>
      eb
        .selectFrom(given.as('given'))
        .select(['given.startTime', 'given.cinemaCode', 'given.filmTicketCode'])
        .select([sql.lit('DOUBLE' as const).as('kind'), 'given.receivedAt'])
        .where(sql<boolean>`${isDouble} = 1`),
    )
    .onConflict((conflict) =>
      conflict.columns(['startTime', 'cinemaCode', 'filmTicketCode', 'kind']).doUpdateSet((eb) => ({
        foundAt: eb.ref('excluded.foundAt'),
        notedAt: sql<null>`null`,
      })),
    ),
);

const refundedAmong = queryOverRows<FoundTables, Arrived, keyof Arrived, unknown>(ARRIVED, ({ db }, given) =>
  db
    .updateTable('finding')
    .from(given.as('given'))
    .set((eb) => ({ foundAt: eb.ref('given.receivedAt') }))
    .whereRef('finding.startTime', '=', 'given.startTime')
    .whereRef('finding.cinemaCode', '=', 'given.cinemaCode')
    .whereRef('finding.filmTicketCode', '=', 'given.filmTicketCode')
    .where('finding.kind', '=', sql.lit('LATE_REFUND' as const))
    .where('finding.foundAt', 'is', null),
);

/** A ticket of which the national platform says that it was refunded. */
type Refunded = TicketKey & { readonly refundedAt: string | null };
const REFUNDED = { ...TICKET_COLUMNS, refundedAt: 'text' } as const;

export type NoteRefunded = (ticket: TicketIdentity, refundedAt: WallClock | null) => Promise<void>;

/** A refunded ticket without an entry is forgotten so long after its session: records that come later were completed there. */
const FORGOTTEN_AFTER_SECONDS = 30 * 86_400;

/**
 * Takes note that a ticket was refunded, once; it is on the worklist where it has an entry here, or as soon as it has one. What
 * cannot be written goes to the log: whoever asked has their answer all the same.
 */
export function notingRefunds(
  store: Store<FoundTables>,
  { now, logger }: { now: Clock; logger: Pick<Logger, 'warn'> },
): NoteRefunded {
  const note = coalesce(async (refunded: Refunded[]) => {
    const each = [...new Map(refunded.map((ticket) => [ticketText(ticket), ticket])).values()];
    const known = new Set((await settledRefunds.find(store, each)).map(ticketText));
    const unknown = each.filter((ticket) => !known.has(ticketText(ticket)));
    if (unknown.length > 0) await write(unknown);
    return refunded.map(() => undefined);
  });

  async function write(refunded: readonly Refunded[]): Promise<void> {
    const at = wallClockAt(now());
    const given = store.rowsAsTable(refunded, REFUNDED);
    const columns = sql`given.start_time, given.cinema_code, given.film_ticket_code`;
    await store.transaction(async (db) => {
      await db
        .deleteFrom('finding')
        .where('foundAt', 'is', null)
        .where('startTime', '<', addSeconds(at, -FORGOTTEN_AFTER_SECONDS))
        .execute();
      await sql`
        insert into finding (start_time, cinema_code, film_ticket_code, kind, found_at, refunded_at)
        select ${columns}, 'LATE_REFUND', null, given.refunded_at from ${given} as given where true
        on conflict do nothing
      `.execute(db);
      // On PostgreSQL an entry that is being kept at this moment may miss the row and be missed: the next question finds it.
      await sql`
        update finding set found_at = ${at} from ${given} as given
        where (finding.start_time, finding.cinema_code, finding.film_ticket_code) = (${columns})
          and finding.kind = 'LATE_REFUND' and finding.found_at is null and ${isEntered}
      `.execute(db);
    });
  }

  return async (ticket, refundedAt) => {
    try {
      await note({ ...keyOf(ticket), refundedAt });
    } catch (error) {
      logger.warn({ err: error }, 'a refund that the national platform told of could not be noted');
    }
  };
}

/** Those of which there is nothing to write. */
const settledRefunds = queryOverRows<FoundTables, TicketKey, keyof TicketKey, TicketKey>(
  TICKET_COLUMNS,
  ({ db }, given) =>
    db
      .selectFrom(given.as('given'))
      .innerJoin('finding', (join) =>
        join
          .onRef('finding.startTime', '=', 'given.startTime')
          .onRef('finding.cinemaCode', '=', 'given.cinemaCode')
          .onRef('finding.filmTicketCode', '=', 'given.filmTicketCode')
          .on('finding.kind', '=', sql.lit('LATE_REFUND' as const)),
      )
      .select(['finding.startTime', 'finding.cinemaCode', 'finding.filmTicketCode'])
      .where(sql<boolean>`(finding.found_at is not null or not ${isEntered})`),
);

const keyOf = ({ startTime, cinemaCode, filmTicketCode }: TicketKey) => ({ startTime, cinemaCode, filmTicketCode });
