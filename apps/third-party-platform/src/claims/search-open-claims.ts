import { CODE_LENGTHS, padCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import { OPEN_CLAIM_COLUMNS, type OpenClaim } from './claim-store.ts';
import type { ClaimTables } from './claim-tables.ts';

/** The order of the list; no two claims have the same. */
const ORDER = ['claimedAt', 'recordId', 'startTime', 'cinemaCode', 'filmTicketCode'] as const;

/** Where a page of the list ends: the `ORDER` of its last claim. */
export type ClaimPosition = readonly [string, string, string, string, string];

/** A claim as its page names it: several tickets can share a RecordId. */
export type ClaimName = Pick<OpenClaim, 'cinemaCode' | 'filmTicketCode' | 'startTime' | 'recordId'>;

/** This many are searched in some milliseconds, after which claims have their turn. */
export const CLAIMS_A_SLICE = 2000;

/** Claims without a check record, oldest first. `cinemas` are those that the asker may see. */
export async function searchOpenClaims(
  { db }: Store<ClaimTables>,
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
  let wanted = openClaims(db).select(OPEN_CLAIM_COLUMNS);
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

  const found: OpenClaim[] = [];
  let from = after;
  do {
    const end = await loadSliceEnd(db, from);
    let slice = wanted.where(isBeyond(from));
    if (end !== null) slice = slice.where((eb) => eb(eb.refTuple(...ORDER), '<=', eb.tuple(...end)));
    for (const column of ORDER) slice = slice.orderBy(column);
    found.push(...(await slice.limit(limit + 1 - found.length).execute()));
    from = end;
  } while (from !== null && found.length <= limit);
  const claims = found.slice(0, limit);
  const last = found.length > limit ? claims.at(-1) : undefined;
  return { claims, next: last === undefined ? null : positionOf(last) };
}

const openClaims = (db: Kysely<ClaimTables>) => db.selectFrom('ticketClaim').where('recorded', '=', sql.lit(0));

/** Where the slice ends that begins after a position; null if that is the last slice. */
async function loadSliceEnd(db: Kysely<ClaimTables>, from: ClaimPosition | null): Promise<ClaimPosition | null> {
  let open = openClaims(db).select(ORDER).where(isBeyond(from));
  for (const column of ORDER) open = open.orderBy(column);
  const end = await open
    .offset(CLAIMS_A_SLICE - 1)
    .limit(1)
    .executeTakeFirst();
  return end === undefined ? null : positionOf(end);
}

function isBeyond(position: ClaimPosition | null) {
  return (eb: ExpressionBuilder<ClaimTables, 'ticketClaim'>) =>
    position === null ? eb.lit(true) : eb(eb.refTuple(...ORDER), '>', eb.tuple(...position));
}

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
