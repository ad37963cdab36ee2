import { TICKET_COLUMNS, type TicketKey, ticketText } from '@ticket-check/check-records';
import { type TicketIdentity, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { coalesce, queryOverRows, type Store } from '@ticket-check/storage';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { ClaimTables } from '../claims/claim-tables.ts';
import type { ETicketRow, ETicketTables } from './e-ticket-tables.ts';
import type { Known } from './state.ts';
import { hashOf, tokenOf } from './token.ts';

/** What an e-ticket is known by: itself, what became of its ticket on paper, and its entry. */
export type ETicketDatabase = ETicketTables & ClaimTables;

/** What of an e-ticket changes while its page is open. */
export type ETicketNow = TicketKey &
  Known & {
    readonly tokenHash: string;
    readonly answeredAt: number | null;
    readonly askedAt: number;
  };

/** An e-ticket with all that its page shows. */
export type ETicket = ETicketNow & Pick<ETicketRow, 'ticketInfoCode' | 'info'>;

/** Told in the transaction that begins or ends an e-ticket. */
export type NoteChange = (
  trx: Kysely<ETicketTables>,
  change: TicketKey & { readonly kind: 'eticket-live' | 'eticket-ended' },
) => Promise<void>;

export type ETicketStore = {
  /** Makes the e-ticket of a ticket where it has none, and answers the token of its link: the same until that is revoked. */
  create(order: TicketIdentity & { ticketInfoCode: string }, account: string): Promise<string>;
  /** The ticket of a token, also of one that was revoked; null where there is none. */
  ticketOf(token: string): Promise<TicketKey | null>;
  /** Ends a link. Once more changes nothing. */
  revoke(token: string): Promise<void>;
  /** Notes that a ticket was taken on paper, and answers when that was, which the first call says. */
  recordPickUp(ticket: TicketIdentity, account: string): Promise<WallClock>;
  /** The e-ticket of a token whose link is good. */
  find(token: string): Promise<ETicket | null>;
  findByHash(tokenHash: string): Promise<ETicket | null>;
  /** What is known now of those of these e-tickets whose links are good: one read, beside whoever waits at a gate. */
  among(tokenHashes: readonly string[]): Promise<ETicketNow[]>;
  /** Whether a ticket has an e-ticket and was not taken on paper, so that its bare code lets nobody in. Reading C5. */
  isLive(ticket: TicketIdentity): Promise<boolean>;
};

type ByToken = { readonly tokenHash: string };
type NowRow = Omit<ETicketNow, 'isRefunded' | 'hasEntered'> & {
  refunded: number;
  enteredAbove: number;
  entered: number;
};

export function createETicketStore(
  store: Store<ETicketDatabase>,
  { secret, now, noteChange }: { secret: string; now: Clock; noteChange: NoteChange },
): ETicketStore {
  const keyOf = ({ startTime, cinemaCode, filmTicketCode }: TicketKey) => ({ startTime, cinemaCode, filmTicketCode });
  const isLive = coalesce<TicketKey, boolean>(async (tickets) => {
    const live = new Set((await liveAmong.find(store, tickets.map(keyOf))).map(ticketText));
    return tickets.map((ticket) => live.has(ticketText(ticket)));
  });
  const find = coalesce<string, ETicket | null>(async (hashes) => {
    const rows = await wholeByToken.find(
      store,
      [...new Set(hashes)].map((tokenHash) => ({ tokenHash })),
    );
    const found = new Map(rows.map((row) => [row.tokenHash, { ...row, ...knownIn(row) }]));
    return hashes.map((hash) => found.get(hash) ?? null);
  });

  const ofTicket = (db: Kysely<ETicketTables>, ticket: TicketKey) =>
    db
      .selectFrom('eTicket')
      .selectAll()
      .where('startTime', '=', ticket.startTime)
      .where('cinemaCode', '=', ticket.cinemaCode)
      .where('filmTicketCode', '=', ticket.filmTicketCode);

  /** In one order for all who change what is live: the row first. */
  async function locked(db: Kysely<ETicketTables>, ticket: TicketKey): Promise<ETicketRow | undefined> {
    const row = ofTicket(db, ticket);
    return (store.engine === 'postgres' ? row.forUpdate() : row).executeTakeFirst();
  }

  async function isPickedUp(db: Kysely<ETicketTables>, { startTime, cinemaCode, filmTicketCode }: TicketKey) {
    const pickUp = await db
      .selectFrom('ticketPickUp')
      .select('pickedUpAt')
      .where('startTime', '=', startTime)
      .where('cinemaCode', '=', cinemaCode)
      .where('filmTicketCode', '=', filmTicketCode)
      .executeTakeFirst();
    return pickUp !== undefined;
  }

  return {
    create: ({ ticketInfoCode, ...ticket }, account) =>
      store.transaction(async (db) => {
        const key = keyOf(ticket);
        const first = tokenOf(secret, ticket, 1);
        const { numInsertedOrUpdatedRows: made } = await db
          .insertInto('eTicket')
          .values({
            ...key,
            serial: 1,
            tokenHash: hashOf(first),
            ticketInfoCode,
            account,
            createdAt: wallClockAt(now()),
            revokedAt: null,
            info: null,
            refunded: 0,
            enteredAbove: 0,
            answeredAt: null,
            askedAt: 0,
          })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        const row = await locked(db, key);
        if (row === undefined) throw new Error('an e-ticket is gone in the transaction that made it');
        const serial = row.revokedAt === null ? row.serial : row.serial + 1;
        const token = tokenOf(secret, ticket, serial);
        const isNew = Number(made) > 0 || row.revokedAt !== null;
        if (row.revokedAt !== null || row.ticketInfoCode !== ticketInfoCode) {
          await db
            .updateTable('eTicket')
            .set({ serial, tokenHash: hashOf(token), revokedAt: null, ticketInfoCode, account })
            .where('startTime', '=', key.startTime)
            .where('cinemaCode', '=', key.cinemaCode)
            .where('filmTicketCode', '=', key.filmTicketCode)
            .execute();
        }
        if (isNew && !(await isPickedUp(db, key))) await noteChange(db, { ...key, kind: 'eticket-live' });
        return token;
      }),

    async ticketOf(token) {
      const row = await store.db
        .selectFrom('eTicket')
        .select(['startTime', 'cinemaCode', 'filmTicketCode'])
        .where('tokenHash', '=', hashOf(token))
        .executeTakeFirst();
      return row ?? null;
    },

    revoke: (token) =>
      store.transaction(async (db) => {
        const ended = await db
          .updateTable('eTicket')
          .set({ revokedAt: wallClockAt(now()) })
          .where('tokenHash', '=', hashOf(token))
          .where('revokedAt', 'is', null)
          .returning(['startTime', 'cinemaCode', 'filmTicketCode'])
          .executeTakeFirst();
        if (ended === undefined || (await isPickedUp(db, ended))) return;
        await noteChange(db, { ...keyOf(ended), kind: 'eticket-ended' });
      }),

    recordPickUp: (ticket, account) =>
      store.transaction(async (db) => {
        const key = keyOf(ticket);
        const row = await locked(db, key);
        const at = wallClockAt(now());
        const pickUp = { ...key, pickedUpAt: at, account };
        const { numInsertedOrUpdatedRows: made } = await db
          .insertInto('ticketPickUp')
          .values(pickUp)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        const wasLive = row !== undefined && row.revokedAt === null;
        if (Number(made) > 0) {
          if (wasLive) await noteChange(db, { ...key, kind: 'eticket-ended' });
          return at;
        }
        const { pickedUpAt } = await db
          .selectFrom('ticketPickUp')
          .select('pickedUpAt')
          .where('startTime', '=', key.startTime)
          .where('cinemaCode', '=', key.cinemaCode)
          .where('filmTicketCode', '=', key.filmTicketCode)
          .executeTakeFirstOrThrow();
        return pickedUpAt as WallClock;
      }),

    find: (token) => find(hashOf(token)),
    findByHash: find,

    async among(tokenHashes) {
      const rows = await nowByToken.ask(
        { db: store.reports, store },
        tokenHashes.map((tokenHash) => ({ tokenHash })),
      );
      return rows.map((row) => ({ ...row, ...knownIn(row) }));
    },

    isLive: (ticket) => isLive(keyOf(ticket)),
  };
}

const knownIn = ({ refunded, enteredAbove, entered }: NowRow) => ({
  isRefunded: refunded === 1,
  hasEntered: entered === 1 || enteredAbove === 1,
});

const NOW = [
  'eTicket.tokenHash',
  'eTicket.startTime',
  'eTicket.cinemaCode',
  'eTicket.filmTicketCode',
  'eTicket.answeredAt',
  'eTicket.askedAt',
  'eTicket.refunded',
  'eTicket.enteredAbove',
  'ticketPickUp.pickedUpAt',
] as const;

/** Whether the record of an entry is here. While a ticket is only claimed, a scan of it may still have to go on. Reading C8. */
const hasRecord = sql<number>`case when ticket_claim.recorded = 1 then 1 else 0 end`.as('entered');

function knownBy({ db }: { db: Kysely<ETicketDatabase> }, given: RawBuilder<ByToken>) {
  return db
    .selectFrom(given.as('given'))
    .innerJoin('eTicket', 'eTicket.tokenHash', 'given.tokenHash')
    .leftJoin('ticketPickUp', (join) =>
      join
        .onRef('ticketPickUp.startTime', '=', 'eTicket.startTime')
        .onRef('ticketPickUp.cinemaCode', '=', 'eTicket.cinemaCode')
        .onRef('ticketPickUp.filmTicketCode', '=', 'eTicket.filmTicketCode'),
    )
    .leftJoin('ticketClaim', (join) =>
      join
        .onRef('ticketClaim.startTime', '=', 'eTicket.startTime')
        .onRef('ticketClaim.cinemaCode', '=', 'eTicket.cinemaCode')
        .onRef('ticketClaim.filmTicketCode', '=', 'eTicket.filmTicketCode'),
    )
    .select([...NOW, hasRecord])
    .where('eTicket.revokedAt', 'is', null);
}

const nowByToken = queryOverRows<ETicketDatabase, ByToken, 'tokenHash', NowRow>({ tokenHash: 'text' }, knownBy);

const wholeByToken = queryOverRows<
  ETicketDatabase,
  ByToken,
  'tokenHash',
  NowRow & Pick<ETicketRow, 'ticketInfoCode' | 'info'>
>({ tokenHash: 'text' }, (database, given) =>
  knownBy(database, given).select(['eTicket.ticketInfoCode', 'eTicket.info']),
);

const liveAmong = queryOverRows<ETicketDatabase, TicketKey, keyof TicketKey, TicketKey>(
  TICKET_COLUMNS,
  ({ db }, given) =>
    db
      .selectFrom(given.as('given'))
      .innerJoin('eTicket', (join) =>
        join
          .onRef('eTicket.startTime', '=', 'given.startTime')
          .onRef('eTicket.cinemaCode', '=', 'given.cinemaCode')
          .onRef('eTicket.filmTicketCode', '=', 'given.filmTicketCode'),
      )
      .select(['eTicket.startTime', 'eTicket.cinemaCode', 'eTicket.filmTicketCode'])
      .where('eTicket.revokedAt', 'is', null)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('ticketPickUp')
              .select(sql.lit(1).as('one'))
              .whereRef('ticketPickUp.startTime', '=', 'given.startTime')
              .whereRef('ticketPickUp.cinemaCode', '=', 'given.cinemaCode')
              .whereRef('ticketPickUp.filmTicketCode', '=', 'given.filmTicketCode'),
          ),
        ),
      ),
);
