import {
  type InSameTransaction,
  loadReversalsOf,
  ticketText,
  type UndoInSameTransaction,
} from '@ticket-check/check-records';
import {
  type ClaimRelease,
  type RecordId,
  type TicketClaim,
  type TicketIdentity,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { coalesce, type Store } from '@ticket-check/storage';
import { applyEvents, claimFree, decideEvents, type OnTicket } from './apply-events.ts';
import type { ClaimTables } from './claim-tables.ts';
import { entryOrder } from './first-entry.ts';
import { type KnownTables, lookUpKnown } from './known-entries.ts';
import {
  type ClaimEvent,
  type ClaimOutcome,
  NOTHING_KNOWN,
  type ReleaseAnswer,
  type ReleaseEvent,
  transition,
  type WithoutClaim,
} from './transition.ts';

/** A claim whose code was verified, the account that it came through, and what the platform above says against it. */
export type ClaimRequest = Omit<TicketClaim, 'ticketInfoCode'> &
  Pick<ClaimEvent, 'account' | 'objection'> & {
    /** Whether it is a bare code of a ticket with a live e-ticket. Asked only where the ticket is not free. */
    readonly isBare?: () => Promise<boolean>;
  };

export type ClaimStore = ReturnType<typeof createClaimStore>;

/** Claims for every record that counts as an entry, in the transaction that keeps it. Reading C2. */
export function claimingRecords(store: Store<KnownTables>): InSameTransaction {
  return async (trx, newRecords) => {
    // Of several on one ticket the first claims.
    const inOrder = newRecords.toSorted((a, b) => (entryOrder(a) < entryOrder(b) ? -1 : 1));
    const reports = inOrder.map((record) => ({ ticket: record, event: { kind: 'report', record } as const }));
    return (await decideEvents({ db: trx.withTables<ClaimTables>(), store }, reports)).left;
  };
}

/** Releases the claim of every undone record, in the transaction that keeps its compensating record. Reading R9. */
export function freeingUndone(store: Store<KnownTables>): UndoInSameTransaction {
  return async (trx, reversals) => {
    const undone = reversals.map((reversal) => {
      const { reverses, checkTime, account, receivedAt } = reversal;
      const record = { recordId: reverses, checkTime, account };
      return { ticket: reversal, event: { kind: 'undo', record, undoneAt: receivedAt } as const };
    });
    await applyEvents({ db: trx.withTables<ClaimTables>(), store }, undone);
  };
}

export function createClaimStore(store: Store<KnownTables>, now: Clock) {
  // A guest waits: reports, and what is read to be sent, let it pass.
  const urgent = { urgent: true };

  // Several processes share a PostgreSQL server, and each sees fewer at a time.
  const window = { windowMs: store.engine === 'postgres' ? 1 : 0 };

  const isFree = coalesce(async (claims: OnTicket<ClaimEvent>[]): Promise<boolean[]> => {
    // Of several on one ticket the first.
    const firsts = new Map(claims.toReversed().map((claim) => [ticketText(claim.ticket), claim]));
    const asked = [...firsts.values()];
    const free =
      new Set(asked.map(({ ticket }) => ticket.cinemaCode)).size === 1
        ? await claimFree({ db: store.urgent, store }, asked)
        : await store.transaction((db) => claimFree({ db, store }, asked), urgent);
    return claims.map((claim) => {
      const key = ticketText(claim.ticket);
      return firsts.get(key) === claim && free.has(key);
    });
  }, window);

  // Claims and releases go together, in the order in which they came.
  const apply = coalesce(
    (events: OnTicket<ClaimEvent | ReleaseEvent>[]) =>
      store.transaction((db) => applyEvents({ db, store }, events), urgent),
    window,
  );

  return {
    /**
     * Claims a ticket for a check record, unless another record holds it or was its entry, or this claim was released;
     * durable when it resolves. Asked again it answers the same while nothing else has happened. What is asked for in one
     * turn of the event loop goes together: free tickets in one statement for each cinema, all others in one transaction. Reading C2.
     */
    async claim({ isBare = async () => false, ...request }: ClaimRequest): Promise<ClaimOutcome> {
      const event = { ...request, kind: 'claim', claimedAt: wallClockAt(now()) } as const;
      const mayBeFree = event.objection === null && event.shownAsETicket !== true;
      if (mayBeFree && (await isFree({ ticket: request, event }))) return transition(NOTHING_KNOWN, event).answer;
      const asked = { ...event, isBareOfETicket: await isBare() };
      return (await apply({ ticket: request, event: asked })) as ClaimOutcome;
    },
    /**
     * Releases a claim of this account, and keeps it from ever being made again; if its record is an entry here, the claim stays.
     * If other records of the ticket are here, the claim passes to the first of them. Reading C8.
     */
    release({
      account,
      recordId,
      uncertain = false,
      withoutClaim = 'keep',
      ...ticket
    }: ClaimRelease & { readonly account: string; readonly withoutClaim?: WithoutClaim }): Promise<ReleaseAnswer> {
      const said = { recordId, account, uncertain, withoutClaim, releasedAt: wallClockAt(now()) };
      return apply({ ticket, event: { kind: 'release', ...said } }) as Promise<ReleaseAnswer>;
    },
    /** What is known of a ticket's entries, claims included. What is asked for in one turn is one look-up. */
    known: lookUpKnown(store),
    /** The records of a ticket that were undone. Reading R9. */
    undone: async (ticket: TicketIdentity): Promise<RecordId[]> =>
      (await loadReversalsOf({ db: store.db, store }, [ticket])).map(({ reverses }) => reverses as RecordId),
  };
}
