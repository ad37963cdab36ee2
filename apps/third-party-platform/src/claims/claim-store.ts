import type { Alongside } from '@ticket-check/check-records';
import {
  type ClaimIdentity,
  ProtocolError,
  type TicketClaim,
  type TicketIdentity,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { coalesce, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { claimForRecords, deleteClaims, insertClaims, insertReleased, lockTickets } from './claim-rows.ts';
import { type Known, type Standing, standingOf } from './claim-rule.ts';
import type { ClaimTables, TicketClaimRow } from './claim-tables.ts';
import { type Database, type KnownTables, loadKnown, loadRecords, loadReleased } from './known-entries.ts';
import { claimKeyOf } from './ticket-key.ts';

/** A claim whose code was verified, and the account that it came through. */
export type ClaimRequest = Omit<TicketClaim, 'ticketInfoCode'> & { readonly source: string };

export type ClaimStore = {
  /**
   * Claims a ticket for a check record, unless another record holds it or was its entry, or this claim was released;
   * durable when it resolves. Asked again it answers the same while nothing else has happened. What is asked for in one
   * turn of the event loop shares one transaction. Reading C2.
   */
  claim(request: ClaimRequest): Promise<NonNullable<Standing>>;
  /**
   * Gives a claim back, and keeps it from ever being made again; false where its record is an entry here, which it then
   * remains. Where other records of the ticket are here, the claim passes to the first of them. Reading C8.
   */
  release(claim: ClaimIdentity): Promise<boolean>;
  /** What is known of a ticket's entries, claims included. What is asked for in one turn is one look-up. */
  known(ticket: TicketIdentity): Promise<Known>;
  /** Claims without a record that were made at this time or before, oldest first. */
  open(claimedUntil: string): Promise<OpenClaim[]>;
  countOpen(claimedUntil: string): Promise<number>;
};

export type OpenClaim = Pick<TicketClaimRow, (typeof OPEN_CLAIM)[number]>;

const OPEN_CLAIM = [
  'startTime',
  'cinemaCode',
  'filmTicketCode',
  'recordId',
  'checkTime',
  'gate',
  'source',
  'claimedAt',
] as const;

/** How often a claim is tried again whose ticket another process released while it was looked at. */
const MOST_ROUNDS = 10;

/** Claims for every record that counts as an entry, in the transaction that keeps it. Reading C2. */
export function claimingRecords(store: Store<KnownTables>): Alongside {
  return (trx, newRecords) => claimForRecords({ db: trx.withTables<ClaimTables>(), store }, newRecords);
}

export function createClaimStore(store: Store<KnownTables>, now: Clock): ClaimStore {
  const known = coalesce(async (tickets: TicketIdentity[]): Promise<Known[]> => {
    const of = await loadKnown({ db: store.db, store }, tickets);
    return tickets.map(of);
  });

  const claim = coalesce(async (requests: ClaimRequest[]) => {
    let standings: Standing[] = requests.map(() => null);
    for (let round = 0; round < MOST_ROUNDS && standings.includes(null); round += 1) {
      const unsettled = requests.filter((_, index) => standings[index] === null);
      const answers = (
        await store.transaction((db) => claimAll({ db, store }, unsettled, wallClockAt(now())))
      ).values();
      standings = standings.map((standing) => standing ?? answers.next().value ?? null);
    }
    return standings;
  });

  const release = coalesce((claims: ClaimIdentity[]) =>
    store.transaction((db) => releaseAll({ db, store }, claims, wallClockAt(now()))),
  );

  const openUntil = (claimedUntil: string) =>
    store.db.selectFrom('ticketClaim').where('recorded', '=', sql.lit(0)).where('claimedAt', '<=', claimedUntil);

  return {
    async claim(request) {
      const standing = await claim(request);
      if (standing === null) throw new ProtocolError('OVERLOADED', 'The ticket is claimed and released too fast.');
      return standing;
    },
    release,
    known,
    open: (claimedUntil) =>
      openUntil(claimedUntil)
        .select([...OPEN_CLAIM])
        .orderBy('claimedAt')
        .orderBy('recordId')
        .execute(),
    async countOpen(claimedUntil) {
      const { open } = await openUntil(claimedUntil)
        .select((eb) => eb.fn.countAll<number>().as('open'))
        .executeTakeFirstOrThrow();
      return open;
    },
  };
}

/** Answers for each claim, in order; null where its ticket was released by another process in the meantime. */
async function claimAll(
  database: Database,
  requests: readonly ClaimRequest[],
  claimedAt: WallClock,
): Promise<Standing[]> {
  const claimed = await insertClaims(
    database,
    requests.map((request) => ({ ...request, claimedAt, recorded: 0 })),
  );
  // Looked up after the insert, which may have had to wait for the release of the same claim.
  const released = await loadReleased(database, requests);
  const revived = requests.filter((request) => both(claimed, released, claimKeyOf(request)));
  if (revived.length > 0) await deleteClaims(database, revived);
  const others = requests.filter((request) => !claimed.has(claimKeyOf(request)) && !released.has(claimKeyOf(request)));
  const known = await loadKnown(database, others);
  return requests.map((request): Standing => {
    if (released.has(claimKeyOf(request))) return { kind: 'released' };
    return claimed.has(claimKeyOf(request)) ? { kind: 'claimed' } : standingOf(known(request), request.recordId);
  });
}

function both(a: ReadonlySet<string>, b: ReadonlySet<string>, key: string): boolean {
  return a.has(key) && b.has(key);
}

async function releaseAll(
  database: Database,
  claims: readonly ClaimIdentity[],
  releasedAt: WallClock,
): Promise<boolean[]> {
  await lockTickets(database, claims);
  const records = await loadRecords(database, claims);
  const recorded = new Set(records.map(claimKeyOf));
  const given = claims.filter((claim) => !recorded.has(claimKeyOf(claim)));
  await insertReleased(
    database,
    given.map((claim) => ({ ...claim, releasedAt })),
  );
  await deleteClaims(database, claims);
  await claimForRecords(database, records);
  return claims.map((claim) => !recorded.has(claimKeyOf(claim)));
}
