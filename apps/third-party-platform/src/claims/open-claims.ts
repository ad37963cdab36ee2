import {
  CODE_LENGTHS,
  elementsJson,
  padCode,
  type RecordId,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { acrossCinemas, pageOf, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { applyEvents, type OnTicket } from './apply-events.ts';
import { CLAIM_COLUMNS, type ClaimTables, type TicketClaimRow } from './claim-tables.ts';
import type { KnownTables } from './known-entries.ts';
import type { ReleaseEvent } from './transition.ts';

/** A claim without a check record. */
export type OpenClaim = Omit<TicketClaimRow, 'recorded'>;

const { recorded: _, ...OF_OPEN_CLAIM } = CLAIM_COLUMNS;
const OPEN_CLAIM_COLUMNS = Object.keys(OF_OPEN_CLAIM) as (keyof OpenClaim)[];

/** By these a claim is named; several tickets can share a RecordId. */
const NAMES = ['recordId', 'cinemaCode', 'filmTicketCode', 'startTime', 'account'] as const;

const LONG_MS = 3_600_000;
/** A terminal whose claims arrive reports its admissions within seconds. */
const MISSING_MS = 5 * 60_000;

/** A claim made before this whose record has not come wants looking at; claims never expire. Reading C8. */
export const longOpenSince = (now: Clock): WallClock => wallClockAt(now() - LONG_MS);

/** The record of a claim made before this is missing. */
export const missingSince = (now: Clock): WallClock => wallClockAt(now() - MISSING_MS);

/** Which open claims are meant; what is left out does not limit. */
type OpenClaimsOf = { readonly [name in (typeof NAMES)[number]]?: string | undefined } & {
  readonly claimedUntil?: string | undefined;
  readonly cinemas?: readonly string[] | 'all';
  /** A FilmTicketCode (also without the zeros that fill it up), a RecordId or an account, as a whole. */
  readonly text?: string;
};

function openClaims(db: Kysely<ClaimTables>, which: OpenClaimsOf) {
  const { claimedUntil, cinemas = 'all', text = '' } = which;
  let wanted = db.selectFrom('ticketClaim').modifyFront(acrossCinemas('report')).where('recorded', '=', sql.lit(0));
  for (const name of NAMES) {
    const named = which[name];
    if (named !== undefined) wanted = wanted.where(name, '=', named);
  }
  if (claimedUntil !== undefined) wanted = wanted.where('claimedAt', '<=', claimedUntil);
  if (cinemas !== 'all') wanted = wanted.where('cinemaCode', 'in', cinemas);
  if (text === '') return wanted;
  const length = CODE_LENGTHS.filmTicketCode;
  return wanted.where((eb) =>
    eb.or([
      eb('filmTicketCode', '=', text.length > length ? text : padCode(text, length)),
      eb('recordId', '=', text.toLowerCase()),
      eb('account', '=', text),
    ]),
  );
}

/** Claims without a check record, oldest first. */
export function listOpenClaims({ db }: Store<ClaimTables>, which: OpenClaimsOf): Promise<OpenClaim[]> {
  return openClaims(db, which).select(OPEN_CLAIM_COLUMNS).orderBy('claimedAt').orderBy('recordId').execute();
}

export function countOpenClaims(
  db: Kysely<ClaimTables>,
  which: OpenClaimsOf,
): Promise<{ count: number; oldest: string | null }> {
  return openClaims(db, which)
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min<string | null>('claimedAt').as('oldest')])
    .executeTakeFirstOrThrow();
}

/** Accounts with at least `least` of them, the most first. */
export function openClaimsByAccount({ db }: Store<ClaimTables>, claimedUntil: string, least: number) {
  return openClaims(db, { claimedUntil })
    .select((eb) => ['account as username', eb.fn.countAll<number>().as('open')])
    .groupBy('account')
    .having((eb) => eb.fn.countAll(), '>=', least)
    .orderBy('open', 'desc')
    .execute();
}

/** The order of the list; no two claims have the same. */
const ORDER = ['claimedAt', 'recordId', 'startTime', 'cinemaCode', 'filmTicketCode'] as const;

export const CLAIM_POSITION = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()]);
export type ClaimPosition = z.infer<typeof CLAIM_POSITION>;

/** A page of the open claims, oldest first, read by the connection of reports. */
export async function searchOpenClaims(
  { reports }: Pick<Store<ClaimTables>, 'reports'>,
  { after, limit, ...which }: OpenClaimsOf & { after: ClaimPosition | null; limit: number },
): Promise<{ claims: OpenClaim[]; next: ClaimPosition | null }> {
  if (which.cinemas?.length === 0) return { claims: [], next: null };
  let wanted = openClaims(reports, which)
    .select(OPEN_CLAIM_COLUMNS)
    .limit(limit + 1);
  for (const column of ORDER) wanted = wanted.orderBy(column);
  if (after !== null) wanted = wanted.where((eb) => eb(eb.refTuple(...ORDER), '>', eb.tuple(...after)));
  const placeOf = (last: OpenClaim) => ORDER.map((column) => last[column]) as unknown as ClaimPosition;
  const { page: claims, next } = pageOf(await wanted.execute(), limit, placeOf);
  return { claims, next };
}

/**
 * Releases claims of any account for a supervisor. Answers which were released, as they were; the others were released or reported
 * as entries meanwhile. Run as an operation, which keeps for good who did it and why. Reading C8.
 */
export function releaseForSupervisor(
  store: Store<KnownTables>,
  claims: readonly OpenClaim[],
  at: WallClock,
): Promise<OpenClaim[]> {
  return store.transaction(async (db) => {
    const events = claims.map((claim): OnTicket<ReleaseEvent> => {
      const recordId = claim.recordId as RecordId;
      const said = { account: null, uncertain: true, releasedAt: at, withoutClaim: 'keep' } as const;
      return { ticket: claim, event: { kind: 'release', recordId, ...said } };
    });
    const answers = await applyEvents({ db, store }, events);
    return claims.filter((_, index) => answers[index] === 'released');
  });
}

export const claimPath = ({ cinemaCode, recordId }: Pick<OpenClaim, 'cinemaCode' | 'recordId'>): string =>
  `/claims?${new URLSearchParams({ cinema: cinemaCode, q: recordId })}`;

export const openClaimJson = (claim: OpenClaim) => ({
  ...elementsJson(claim, 'RecordId', 'CinemaCode', 'FilmTicketCode', 'StartTime', 'CheckTime', 'Gate'),
  Username: claim.account,
  ClaimedAt: claim.claimedAt,
});
