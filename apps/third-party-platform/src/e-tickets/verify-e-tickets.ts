import {
  haveSameTicket,
  TICKET_COLUMNS,
  type TicketKey,
  ticketText,
  type UndoInSameTransaction,
} from '@ticket-check/check-records';
import { ProtocolError, type TicketIdentity, type TicketInfo } from '@ticket-check/protocol';
import { type Clock, sharedFor } from '@ticket-check/runtime';
import { queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ClaimStore } from '../claims/claim-store.ts';
import { withoutUndone } from '../claims/first-entry.ts';
import type { NationalTickets } from '../upstream/national-tickets.ts';
import type { ETicketNow } from './e-ticket-store.ts';
import type { ETicketTables } from './e-ticket-tables.ts';
import { keyOf } from './pick-ups.ts';

/** The least time between two questions about a ticket, however many pages and processes show it. */
const AGAIN_AFTER_MS = 60_000;
/** The same if the national platform publishes refunds: then only an entry by another platform is news. */
const AGAIN_WHERE_TOLD_MS = 600_000;
/** If its latest report is no older than this. */
const LATELY_MS = 60_000;
const SEEN_WITHIN_MS = 1000;
/** Questions in a second, and under way at a time, in all: claims need the connections. */
const ASKED_A_SECOND = 20;
const UNDER_WAY = 8;

/** Asks the national platform about tickets that have an e-ticket, and keeps what it said. Scheme 5.1.4, 5.2.4; reading C5. */
export type VerifyETickets = {
  /**
   * Asks about those that were not asked about within the last minute, the first ones as far as its bounds allow; resolves once the
   * answers are kept. The rest stays due.
   */
  verify(tickets: readonly TicketKey[]): Promise<void>;
  /** The tickets that are due for a question. */
  due<T extends Pick<ETicketNow, 'askedAt' | 'detailed'>>(tickets: readonly T[]): Promise<T[]>;
  /** When it was last known whether a ticket was refunded, epoch milliseconds; null if it never was. */
  knownAt(eTicket: Pick<ETicketNow, 'answeredAt'>): Promise<number | null>;
  /** Questions asked so far. */
  asked(): number;
};

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
}): VerifyETickets {
  const { store, national, claims, refundsHeardAt, now } = options;
  const bounds = createBounds();
  let asked = 0;
  const toldAt = sharedFor(SEEN_WITHIN_MS, refundsHeardAt);

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
    const answer = { ...keyOf(ticket), answeredAt: now(), asked: at };
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
    async verify(tickets) {
      const at = now();
      const each = [...new Map(tickets.map((ticket) => [ticketText(ticket), ticket])).values()];
      const askedFor = each.map((ticket) => ({ ...keyOf(ticket), now: at, before: at - AGAIN_AFTER_MS }));
      await bounds.within(askedFor, async (some) => {
        // The process that marks it asks: another one that looks at the same moment finds it marked.
        const mine = await markAsked.ask({ db: store.db, store }, some);
        const answers = await Promise.all(mine.map((ticket) => ask(ticket, at)));
        const kept = answers.filter((answer) => answer !== null);
        if (kept.length > 0) await keepAnswers.ask({ db: store.db, store }, kept);
      });
    },
    async due(tickets) {
      const told = await toldAt();
      const isTold = told !== null && now() - told < LATELY_MS;
      return tickets.filter(({ askedAt, detailed }) => {
        return askedAt <= now() - (isTold && detailed === 1 ? AGAIN_WHERE_TOLD_MS : AGAIN_AFTER_MS);
      });
    },
    async knownAt({ answeredAt }) {
      const told = await toldAt();
      return answeredAt === null || told === null ? (answeredAt ?? told) : Math.max(answeredAt, told);
    },
    asked: () => asked,
  };
}

/** Works off what is given, a few at a time, until all is done or as much as may be in this second. */
function createBounds() {
  let began = Number.NEGATIVE_INFINITY;
  let spent = 0;
  let underWay = 0;

  function free(): number {
    if (performance.now() - began >= 1000) {
      began = performance.now();
      spent = 0;
    }
    return Math.min(ASKED_A_SECOND - spent, UNDER_WAY - underWay);
  }

  return {
    async within<T>(given: readonly T[], work: (some: readonly T[]) => Promise<void>): Promise<void> {
      for (let rest = given; rest.length > 0 && free() > 0; ) {
        const some = rest.slice(0, free());
        rest = rest.slice(some.length);
        spent += some.length;
        underWay += some.length;
        try {
          await work(some);
        } finally {
          underWay -= some.length;
        }
      }
    },
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
    await forgetEntries.ask({ db: trx.withTables<ETicketTables>(), store }, reversals.map(keyOf));
  };
}
