import { isOfTickets, TICKET_KEY, type TicketKey, type UndoInSameTransaction } from '@ticket-check/check-records';
import type { TicketIdentity } from '@ticket-check/protocol';
import { type Clock, sharedFor } from '@ticket-check/runtime';
import { byCinema, type Store } from '@ticket-check/storage';
import type { ClaimStore } from '../claims/claim-store.ts';
import { withoutUndone } from '../claims/first-entry.ts';
import type { NationalTickets } from '../upstream/national-tickets.ts';
import type { ETicket } from './e-ticket-store.ts';
import type { ETicketTables } from './e-ticket-tables.ts';
import { isOf } from './pick-ups.ts';

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
export type VerifyETickets = ReturnType<typeof createVerifyETickets>;

export function createVerifyETickets(options: {
  store: Store<ETicketTables>;
  national: Pick<NationalTickets, 'askIfReachable'>;
  claims: Pick<ClaimStore, 'undone'>;
  /** When all refunds were last known without a question, by the clock here; null if they are not told. */
  refundsHeardAt: () => Promise<number | null>;
  now: Clock;
}) {
  const { store, national, claims, refundsHeardAt, now } = options;
  let asked = 0;
  let underWay = 0;
  let second = { beganAt: Number.NEGATIVE_INFINITY, left: 0 };
  const toldAt = sharedFor(SEEN_WITHIN_MS, refundsHeardAt);

  function withinBounds<T>(tickets: readonly T[]): T[] {
    if (performance.now() - second.beganAt >= 1000) second = { beganAt: performance.now(), left: ASKED_A_SECOND };
    const some = tickets.slice(0, Math.max(0, Math.min(second.left, UNDER_WAY - underWay)));
    second.left -= some.length;
    return some;
  }

  /** What the national platform says of a ticket, as it is kept; null if it does not answer. */
  async function ask(ticket: TicketIdentity) {
    asked += 1;
    const answer = await national.askIfReachable(ticket);
    if (answer === null) return null;
    const { info } = answer;
    const answeredAt = now();
    // A platform that no longer knows the ticket does not revoke what was shown.
    if (info === 'unknown-ticket') return { refunded: 0, enteredAbove: 0, answeredAt };
    const seen = info.checkStatus === 'Yes' ? withoutUndone(info, await claims.undone(ticket)) : info;
    return {
      info: JSON.stringify(seen),
      refunded: Number(seen.refundStatus === 'Yes'),
      enteredAbove: Number(seen.checkStatus === 'Yes'),
      answeredAt,
    };
  }

  async function askAbout(tickets: readonly TicketKey[]): Promise<void> {
    const at = now();
    // The process that marks it asks: another one that looks at the same moment finds it marked.
    const marked = byCinema(store, tickets).map((ofCinema) =>
      store.db
        .updateTable('eTicket')
        .set({ askedAt: at })
        .where(isOfTickets(store, ofCinema))
        .where('askedAt', '<=', at - AGAIN_AFTER_MS)
        .returning(TICKET_KEY)
        .execute(),
    );
    const mine = (await Promise.all(marked)).flat();
    const answers = await Promise.all(mine.map((ticket) => ask(ticket as TicketIdentity)));
    await store.transaction(async (db) => {
      for (const [index, ticket] of mine.entries()) {
        const answer = answers[index];
        if (!answer) continue;
        // What was asked before an entry was undone may not know of that.
        await db.updateTable('eTicket').set(answer).where(isOf(ticket)).where('askedAt', '=', at).execute();
      }
    });
  }

  return {
    /**
     * Asks about those of these different tickets that were not asked about within the last minute, the first ones as far as the
     * bounds allow; resolves once the answers are kept. The rest stays due.
     */
    async verify(tickets: readonly TicketKey[]): Promise<void> {
      let rest = tickets;
      for (let some = withinBounds(rest); some.length > 0; some = withinBounds(rest)) {
        rest = rest.slice(some.length);
        underWay += some.length;
        try {
          await askAbout(some);
        } finally {
          underWay -= some.length;
        }
      }
    },
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
    asked: () => asked,
  };
}

/**
 * Forgets that the national platform knew of an entry that is undone, in the transaction that keeps the undo: its e-ticket shows a
 * code again at once, and the national platform is asked again. Reading R9.
 */
export function forgettingUndone(store: Store<ETicketTables>): UndoInSameTransaction {
  return async (trx, reversals) => {
    for (const ofCinema of byCinema(store, reversals)) {
      await trx
        .withTables<ETicketTables>()
        .updateTable('eTicket')
        .set({ enteredAbove: 0, askedAt: 0 })
        .where(isOfTickets(store, ofCinema))
        .execute();
    }
  };
}
