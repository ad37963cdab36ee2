import { CODE_LENGTHS, padCode, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { OPEN_CLAIM_COLUMNS, type OpenClaim } from './claim-store.ts';
import type { ClaimTables } from './claim-tables.ts';

const LONG_MS = 3_600_000;

/** A claim made before this whose record has not come wants looking at; claims never expire. Reading C8. */
export function longOpenSince(now: Clock): WallClock {
  return wallClockAt(now() - LONG_MS);
}

/** The order of the list; no two claims have the same. */
const ORDER = ['claimedAt', 'recordId', 'startTime', 'cinemaCode', 'filmTicketCode'] as const;

/** Where a page of the list ends: the `ORDER` of its last claim. */
export type ClaimPosition = readonly [string, string, string, string, string];

/** A claim as its page names it: several tickets can share a RecordId. */
export type ClaimName = Pick<OpenClaim, 'cinemaCode' | 'filmTicketCode' | 'startTime' | 'recordId'>;

/** Claims without a check record, oldest first, read by the connection of reports. `cinemas` are those that the asker may see. */
export async function searchOpenClaims(
  { reports }: Pick<Store<ClaimTables>, 'reports'>,
  asked: {
    /** A FilmTicketCode (also without the zeros that fill it up), a RecordId or an account, as a whole; empty for all. */
    text: string;
    /** Empty for all. */
    cinema: string;
    cinemas: readonly string[] | 'all';
    after: ClaimPosition | null;
    limit: number;
  },
): Promise<{ claims: OpenClaim[]; next: ClaimPosition | null }> {
  const { text, cinema, cinemas, after, limit } = asked;
  if (cinemas !== 'all' && cinemas.length === 0) return { claims: [], next: null };
  const length = CODE_LENGTHS.filmTicketCode;
  let wanted = openClaims(reports)
    .select(OPEN_CLAIM_COLUMNS)
    .limit(limit + 1);
  for (const column of ORDER) wanted = wanted.orderBy(column);
  if (after !== null) wanted = wanted.where((eb) => eb(eb.refTuple(...ORDER), '>', eb.tuple(...after)));
  if (cinemas !== 'all') wanted = wanted.where('cinemaCode', 'in', cinemas);
  if (cinema !== '') wanted = wanted.where('cinemaCode', '=', cinema);
  if (text !== '') {
    wanted = wanted.where((eb) =>
      eb.or([
        eb('filmTicketCode', '=', text.length > length ? text : padCode(text, length)),
        eb('recordId', '=', text.toLowerCase()),
        eb('account', '=', text),
      ]),
    );
  }

  const found = await wanted.execute();
  const claims = found.slice(0, limit);
  const last = found.length > limit ? claims.at(-1) : undefined;
  return { claims, next: last === undefined ? null : positionOf(last) };
}

const openClaims = (db: Kysely<ClaimTables>) => db.selectFrom('ticketClaim').where('recorded', '=', sql.lit(0));

const positionOf = (claim: Pick<OpenClaim, (typeof ORDER)[number]>): ClaimPosition =>
  ORDER.map((column) => claim[column]) as unknown as ClaimPosition;

/** The open claim of this name; null if it was released, its check record has come, or nobody made it. */
export async function findOpenClaim({ db }: Store<ClaimTables>, name: ClaimName): Promise<OpenClaim | null> {
  const found = await openClaims(db)
    .select(OPEN_CLAIM_COLUMNS)
    .where('startTime', '=', name.startTime)
    .where('cinemaCode', '=', name.cinemaCode)
    .where('filmTicketCode', '=', name.filmTicketCode)
    .where('recordId', '=', name.recordId)
    .executeTakeFirst();
  return found ?? null;
}

/** Where the console shows an open claim and releases it. */
export const RELEASE_PATH = '/claims/release';

/** The address of that page for a claim, below the console. */
export function releasePath({ cinemaCode, filmTicketCode, startTime, recordId }: ClaimName): string {
  const named = { cinema: cinemaCode, ticket: filmTicketCode, start: startTime, record: recordId };
  return `${RELEASE_PATH}?${new URLSearchParams(named)}`;
}

/** A claim without a record, as the commands print it. */
export function openClaimJson(claim: OpenClaim) {
  return {
    RecordId: claim.recordId,
    CinemaCode: claim.cinemaCode,
    FilmTicketCode: claim.filmTicketCode,
    StartTime: claim.startTime,
    CheckTime: claim.checkTime,
    Gate: claim.gate,
    Username: claim.account,
    ClaimedAt: claim.claimedAt,
  };
}
