import { CODE_LENGTHS, padCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { OpenClaim } from './claim-store.ts';
import type { ClaimTables } from './claim-tables.ts';

const COLUMNS = [
  ...(['claimedAt', 'recordId', 'startTime', 'cinemaCode', 'filmTicketCode'] as const),
  ...(['checkTime', 'gate', 'account'] as const),
];
/** The order of the list; no two claims have the same. */
const ORDER = ['claimedAt', 'recordId', 'startTime', 'cinemaCode', 'filmTicketCode'] as const;

/** Where a page of the list ends: the `ORDER` of its last claim. */
export type ClaimPosition = readonly [string, string, string, string, string];

/** A claim as its page names it: a RecordId alone may be that of several tickets. */
export type ClaimName = Pick<OpenClaim, 'cinemaCode' | 'filmTicketCode' | 'startTime' | 'recordId'>;

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
  let open = db.selectFrom('ticketClaim').select(COLUMNS).where('recorded', '=', sql.lit(0));
  if (cinemas !== 'all') open = open.where('cinemaCode', 'in', cinemas);
  if (cinema !== '') open = open.where('cinemaCode', '=', cinema);
  if (text !== '') {
    const length = CODE_LENGTHS.filmTicketCode;
    open = open.where((eb) =>
      eb.or([
        eb('filmTicketCode', '=', text.length > length ? text : padCode(text, length)),
        eb('recordId', '=', text.toLowerCase()),
        eb('account', '=', text),
      ]),
    );
  }
  if (after !== null) open = open.where((eb) => eb(eb.refTuple(...ORDER), '>', eb.tuple(...after)));
  for (const column of ORDER) open = open.orderBy(column);
  const found = await open.limit(limit + 1).execute();
  const claims = found.slice(0, limit);
  const last = found.length > limit ? claims.at(-1) : undefined;
  const next = last === undefined ? null : (ORDER.map((column) => last[column]) as unknown as ClaimPosition);
  return { claims, next };
}

/** The open claim of this name; null where it was given back, its check record has come, or nobody made it. */
export async function findOpenClaim({ db }: Store<ClaimTables>, name: ClaimName): Promise<OpenClaim | null> {
  const found = await db
    .selectFrom('ticketClaim')
    .select(COLUMNS)
    .where('startTime', '=', name.startTime)
    .where('cinemaCode', '=', name.cinemaCode)
    .where('filmTicketCode', '=', name.filmTicketCode)
    .where('recordId', '=', name.recordId)
    .where('recorded', '=', sql.lit(0))
    .executeTakeFirst();
  return found ?? null;
}
