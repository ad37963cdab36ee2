import {
  haveSameTicket,
  TICKET_COLUMNS,
  type TicketKey,
  ticketKeyOf,
  type UndoInSameTransaction,
} from '@ticket-check/check-records';
import { ProtocolError, type TicketIdentity, type TicketInfo } from '@ticket-check/protocol';
import { type Clock, sharedFor } from '@ticket-check/runtime';
import { queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ClaimStore } from '../claims/claim-store.ts';
import { withoutUndone } from '../claims/first-entry.ts';
import type { NationalTickets } from '../upstream/national-tickets.ts';
import type { ETicket } from './e-ticket-store.ts';
import type { ETicketTables } from './e-ticket-tables.ts';

/** The least time between two questions about a ticket, however many pages and processes show it. */
const AGAIN_AFTER_MS = 60_000;
/** The same if the national platform publishes refunds: then only an entry by another platform is news. */
const AGAIN_WHERE_TOLD_MS = 600_000;
/** If its latest report is no older than this. */
const LATELY_MS = 60_000;
const SEEN_WITHIN_MS = 1000;
/** Questions in a second, in all: claims need the connections. */
const ASKED_A_SECOND = 20;

/** Asks the national platform about tickets that have an e-ticket, and keeps what it said. Scheme 5.1.4, 5.2.4; reading C5. */
export type VerifyETickets = ReturnType<typeof createVerifyETickets>;

type TicketToVerify = TicketKey & { readonly now: number; readonly before: number };
type VerifiedTicket = TicketKey & {
  readonly info: string | null;
  readonly refunded: number;
  readonly enteredAbove: number;
  readonly answeredAt: number;
  /** When it was marked as asked. */
  readonly asked: number;
};

const UNANSWERED: ReadonlySet<string> = new Set(['UPSTREAM_UNAVAILABLE', 'OVERLOADED']);

export function createVerifyETickets(options: {
  store: Store<ETicketTables>;
  national: Pick<NationalTickets, 'ticketInfo'>;
  claims: Pick<ClaimStore, 'undone'>;
  /** When all refunds were last known without a question, by the clock here; null if they are not told. */
  refundsHeardAt: () => Promise<number | null>;
  now: Clock;
}) {
  const { store, national, claims, refundsHeardAt, now } = options;
  let asked = 0;
  let second = { beganAt: Number.NEGATIVE_INFINITY, left: 0 };
  const toldAt = sharedFor(SEEN_WITHIN_MS, refundsHeardAt);

  /** The first of these, as many as may be asked about in this second. */
  function withinSecond<T>(tickets: readonly T[]): T[] {
    if (performance.now() - second.beganAt >= 1000) second = { beganAt: performance.now(), left: ASKED_A_SECOND };
    const some = tickets.slice(0, second.left);
    second.left -= some.length;
    return some;
  }

  async function ask(ticket: TicketKey, at: number): Promise<VerifiedTicket | null> {
    asked += 1;
    const identity = ticket as TicketIdentity;
    let info: TicketInfo | 'unknown-ticket';
    try {
      info = await national.ticketInfo(identity);
    } catch (error) {
      if (error instanceof ProtocolError && UNANSWERED.has(error.code)) return null;
      throw error;
    }
    const answer = { ...ticketKeyOf(ticket), answeredAt: now(), asked: at };
    if (info === 'unknown-ticket') return { ...answer, info: null, refunded: 0, enteredAbove: 0 };
    const seen = info.checkStatus === 'Yes' ? withoutUndone(info, await claims.undone(identity)) : info;
    return {
      ...answer,
      info: JSON.stringify(seen),
      refunded: seen.refundStatus === 'Yes' ? 1 : 0,
      enteredAbove: seen.checkStatus === 'Yes' ? 1 : 0,
    };
  }

  return {
    /**
     * Asks about those of these different tickets that were not asked about within the last minute, the first ones as far as this
     * second allows; resolves once the answers are kept. The rest stays due.
     */
    async verify(tickets: readonly TicketKey[]): Promise<void> {
      const at = now();
      const some = withinSecond(tickets);
      if (some.length === 0) return;
      // The process that marks it asks: another one that looks at the same moment finds it marked.
      const marks = some.map((ticket) => ({ ...ticketKeyOf(ticket), now: at, before: at - AGAIN_AFTER_MS }));
      const mine = await markAsked.ask({ db: store.db, store }, marks);
      const answers = await Promise.all(mine.map((ticket) => ask(ticket, at)));
      const kept = answers.filter((answer) => answer !== null);
      if (kept.length > 0) await keepAnswers.ask({ db: store.db, store }, kept);
    },
    /** The tickets that are due for a question. */
    async due<T extends Pick<ETicket, 'askedAt' | 'info'>>(tickets: readonly T[]): Promise<T[]> {
      const told = await toldAt();
      const isTold = told !== null && now() - told < LATELY_MS;
      return tickets.filter(({ askedAt, info }) => {
        return askedAt <= now() - (isTold && info !== null ? AGAIN_WHERE_TOLD_MS : AGAIN_AFTER_MS);
      });
    },
    /** When it was last known whether a ticket was refunded, epoch milliseconds; null if it never was. */
    async knownAt({ answeredAt }: Pick<ETicket, 'answeredAt'>): Promise<number | null> {
      const told = await toldAt();
      return answeredAt === null || told === null ? (answeredAt ?? told) : Math.max(answeredAt, told);
    },
    /** Questions asked so far. */
    asked: () => asked,
  };
}

const markAsked = queryOverRows<ETicketTables, TicketToVerify, keyof TicketToVerify, TicketKey>(
  { ...TICKET_COLUMNS, now: 'integer', before: 'integer' },
  ({ db }, given) =>
    db
      .updateTable('eTicket')
      .from(given.as('given'))
      .set((eb) => ({ askedAt: eb.ref('given.now') }))
      .where(haveSameTicket('eTicket', 'given'))
      .whereRef('eTicket.askedAt', '<=', 'given.before')
      .returning(['eTicket.startTime', 'eTicket.cinemaCode', 'eTicket.filmTicketCode']),
);

const keepAnswers = queryOverRows<ETicketTables, VerifiedTicket, keyof VerifiedTicket, unknown>(
  {
    ...TICKET_COLUMNS,
    info: 'text',
    refunded: 'integer',
    enteredAbove: 'integer',
    answeredAt: 'integer',
    asked: 'integer',
  },
  ({ db }, given) =>
    db
      .updateTable('eTicket')
      .from(given.as('given'))
      .set((eb) => ({
        // A platform that no longer knows the ticket does not revoke what was shown.
        info: sql<string | null>`coalesce(given.info, e_ticket.info)`,
        refunded: eb.ref('given.refunded'),
        enteredAbove: eb.ref('given.enteredAbove'),
        answeredAt: eb.ref('given.answeredAt'),
      }))
      .where(haveSameTicket('eTicket', 'given'))
      // What was asked before an entry was undone may not know of that.
      .whereRef('eTicket.askedAt', '=', 'given.asked'),
);

const forgetEntries = queryOverRows<ETicketTables, TicketKey, keyof TicketKey, unknown>(
  TICKET_COLUMNS,
  ({ db }, given) =>
    db
      .updateTable('eTicket')
      .from(given.as('given'))
      .set({ enteredAbove: sql.lit(0), askedAt: sql.lit(0) })
      .where(haveSameTicket('eTicket', 'given')),
);

/**
 * Forgets that the national platform knew of an entry that is undone, in the transaction that keeps the undo: its e-ticket shows a
 * code again at once, and the national platform is asked again. Reading R9.
 */
export function forgettingUndone(store: Store<ETicketTables>): UndoInSameTransaction {
  return async (trx, reversals) => {
    await forgetEntries.ask({ db: trx.withTables<ETicketTables>(), store }, reversals.map(ticketKeyOf));
  };
}
