import { createHash, createHmac, randomBytes } from 'node:crypto';
import {
  type ChangeTables,
  haveSameTicket,
  TICKET_COLUMNS,
  TICKET_KEY,
  type TicketKey,
  ticketKeyOf,
  ticketText,
} from '@ticket-check/check-records';
import {
  addSeconds,
  type ETicketOrder,
  type TicketIdentity,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { acrossCinemas, lookUp, queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { RefundTables } from '../changes/known-refunds.ts';
import { lockKnownTicket, lockTicketsOnly } from '../claims/apply-events.ts';
import type { ClaimTables } from '../claims/claim-tables.ts';
import type { ETicketRow, ETicketTables } from './e-ticket-tables.ts';
import { findPickUp, isOf, loadETicket, noteETicket, recordPickUp } from './pick-ups.ts';

/** What an e-ticket is known by: itself, what became of its ticket on paper, its entry and its refund. */
export type ETicketDatabase = ETicketTables & ClaimTables & RefundTables & ChangeTables;

/** An e-ticket with all that its page shows. */
export type ETicket = ReturnType<typeof eTicketIn>;

export type ETicketStore = Awaited<ReturnType<typeof openETickets>>;

type ByToken = { readonly tokenHash: string };
type KnownRow = TicketKey &
  Pick<ETicketRow, 'tokenHash' | 'ticketInfoCode' | 'info' | 'answeredAt' | 'askedAt'> & {
    readonly pickedUpAt: string | null;
    readonly isRefunded: number;
    readonly hasEntered: number;
  };

export async function openETickets(store: Store<ETicketDatabase>, now: Clock) {
  const secret = await loadLinkSecret(store);
  const live = lookUp(store, liveAmong, ticketText);
  const known = lookUp(store, byToken, ({ tokenHash }) => tokenHash);
  async function findByHash(tokenHash: string): Promise<ETicket | null> {
    const [row] = await known({ tokenHash });
    return row === undefined ? null : eTicketIn(row);
  }

  return {
    /** Makes the e-ticket of a ticket where it has none, and answers the token of its link: the same until that is revoked. */
    create: ({ ticketInfoCode, ...ticket }: ETicketOrder, account: string): Promise<string> =>
      store.transaction(async (db) => {
        const key = ticketKeyOf(ticket);
        const createdAt = wallClockAt(now());
        await lockKnownTicket({ db, store }, key, createdAt);
        const known = await loadETicket(db, key);
        const isNew = known === undefined || known.revokedAt !== null;
        const serial = (known?.serial ?? 0) + (isNew ? 1 : 0);
        const token = tokenOf(secret, ticket, serial);
        const link = { serial, tokenHash: hashOf(token), revokedAt: null, ticketInfoCode, account };
        if (isNew || known.ticketInfoCode !== ticketInfoCode) {
          const unheardOf = { info: null, refunded: 0, enteredAbove: 0, answeredAt: null, askedAt: 0 };
          await db
            .insertInto('eTicket')
            .values({ ...key, ...link, createdAt, ...unheardOf })
            .onConflict((conflict) => conflict.columns(TICKET_KEY).doUpdateSet(link))
            .execute();
        }
        if (isNew && (await findPickUp(db, key)) === null) await noteETicket(db, key, 'eticket-live');
        return token;
      }),

    /** The ticket of a token, even a revoked one; null if there is no such token. */
    async ticketOf(token: string): Promise<TicketKey | null> {
      const row = await store.db
        .selectFrom('eTicket')
        .modifyFront(acrossCinemas('key'))
        .select(TICKET_KEY)
        .where('tokenHash', '=', hashOf(token))
        .executeTakeFirst();
      return row ?? null;
    },

    /** Ends a link. Once more changes nothing. */
    revoke: ({ ticket, token }: { ticket: TicketKey; token: string }): Promise<void> =>
      store.transaction(async (db) => {
        const key = ticketKeyOf(ticket);
        await lockTicketsOnly({ db, store }, [key]);
        const known = await loadETicket(db, key);
        if (known?.tokenHash !== hashOf(token) || known.revokedAt !== null) return;
        await db
          .updateTable('eTicket')
          .set({ revokedAt: wallClockAt(now()) })
          .where(isOf(key))
          .execute();
        if ((await findPickUp(db, key)) === null) await noteETicket(db, key, 'eticket-ended');
      }),

    recordPickUp: (ticket: TicketKey, account: string): Promise<WallClock> =>
      recordPickUp(store, ticket, { pickedUpAt: wallClockAt(now()), account }),

    /** The e-ticket of a token whose link is good. */
    find: (token: string) => findByHash(hashOf(token)),
    findByHash,

    /** Those of these e-tickets whose links are valid: one read, at low priority. */
    async among(tokenHashes: readonly string[]): Promise<ETicket[]> {
      const rows = await byToken.ask(
        { db: store.reports, store },
        tokenHashes.map((tokenHash) => ({ tokenHash })),
      );
      return rows.map(eTicketIn);
    },

    /** Whether a ticket has an e-ticket and was not taken on paper, so that its bare code lets nobody in. Reading C5. */
    isLive: async (ticket: TicketKey) => (await live(ticketKeyOf(ticket))).length > 0,
  };
}

const eTicketIn = ({ isRefunded, hasEntered, ...row }: KnownRow) => ({
  ...row,
  isRefunded: isRefunded === 1,
  hasEntered: hasEntered === 1,
});

const isRefunded = sql<number>`case when e_ticket.refunded = 1 or ticket_refund.start_time is not null then 1 else 0 end`;
/** While a ticket is only claimed, its scan may still be under way: only a record is an entry. Reading C8. */
const hasEntered = sql<number>`case when e_ticket.entered_above = 1 or ticket_claim.recorded = 1 then 1 else 0 end`;

const byToken = queryOverRows<ETicketDatabase, ByToken, KnownRow>({ tokenHash: 'text' }, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .modifyFront(acrossCinemas('key'))
    .innerJoin('eTicket', 'eTicket.tokenHash', 'given.tokenHash')
    .leftJoin('ticketPickUp', (join) => join.on(haveSameTicket('ticketPickUp', 'eTicket')))
    .leftJoin('ticketClaim', (join) => join.on(haveSameTicket('ticketClaim', 'eTicket')))
    .leftJoin('ticketRefund', (join) => join.on(haveSameTicket('ticketRefund', 'eTicket')))
    .select(['eTicket.tokenHash', 'eTicket.startTime', 'eTicket.cinemaCode', 'eTicket.filmTicketCode'])
    .select(['eTicket.ticketInfoCode', 'eTicket.info', 'eTicket.answeredAt', 'eTicket.askedAt'])
    .select(['ticketPickUp.pickedUpAt', isRefunded.as('isRefunded'), hasEntered.as('hasEntered')])
    .where('eTicket.revokedAt', 'is', null),
);

const liveAmong = queryOverRows<ETicketDatabase, TicketKey, TicketKey>(TICKET_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('eTicket', (join) => join.on(haveSameTicket('eTicket', 'given')))
    .select(['eTicket.startTime', 'eTicket.cinemaCode', 'eTicket.filmTicketCode'])
    .where('eTicket.revokedAt', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(selectFrom('ticketPickUp').select(sql.lit(1).as('one')).where(haveSameTicket('ticketPickUp', 'given'))),
      ),
    ),
);

/** What an e-ticket says of its ticket. Scheme 5.1.4. */
export type ETicketState = 'sold' | 'picked-up' | 'refunded' | 'entered';

type KnownOfTicket = Pick<ETicket, 'startTime' | 'isRefunded' | 'hasEntered' | 'pickedUpAt'>;

/** The longest that a terminal may admit after the beginning of a session (`ADMIT_AFTER_MINUTES`). */
const LONGEST_ADMISSION_SECONDS = 86_400;

/** A refund has precedence: nothing else lets the guest in after it. */
export function stateOf({ isRefunded, hasEntered, pickedUpAt }: Omit<KnownOfTicket, 'startTime'>): ETicketState {
  if (isRefunded) return 'refunded';
  if (hasEntered) return 'entered';
  return pickedUpAt === null ? 'sold' : 'picked-up';
}

/** Whether the ticket can no longer admit anybody because its session is long over. */
export const isOver = ({ startTime }: Pick<KnownOfTicket, 'startTime'>, now: WallClock): boolean =>
  now > addSeconds(startTime as WallClock, LONGEST_ADMISSION_SECONDS);

/** Whether the e-ticket shows its code: what lets nobody in is not there to be scanned. */
export const showsCode = (known: KnownOfTicket, now: WallClock): boolean =>
  stateOf(known) === 'sold' && !isOver(known, now);

const TOKEN_BYTES = 18;
const TOKEN = /^[A-Za-z0-9_-]{24}$/;
const SECRET = 'links';

/** The token in the link of a ticket: the same whenever it is asked for, so that a lost reply can be asked for again. Reading C5. */
function tokenOf(secret: string, { startTime, cinemaCode, filmTicketCode }: TicketIdentity, serial: number) {
  const link = JSON.stringify([startTime, cinemaCode, filmTicketCode, serial]);
  return createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(link)
    .digest()
    .subarray(0, TOKEN_BYTES)
    .toString('base64url');
}

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

export const isToken = (text: string): boolean => TOKEN.test(text);

/** The secret behind this store's tokens, made if missing. */
async function loadLinkSecret({ db }: Pick<Store<ETicketTables>, 'db'>): Promise<string> {
  await db
    .insertInto('eTicketSecret')
    .values({ name: SECRET, secret: randomBytes(32).toString('base64') })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const kept = db.selectFrom('eTicketSecret').select('secret').where('name', '=', SECRET);
  return (await kept.executeTakeFirstOrThrow()).secret;
}
