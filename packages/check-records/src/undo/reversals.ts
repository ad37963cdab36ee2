import type { ErrorCode, RecordId, Reversal, WallClock } from '@ticket-check/protocol';
import { acrossCinemas, columnsOf, queryOverRows } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import {
  type AskedCinemas,
  haveSameKey,
  haveSameTicket,
  isOfCinemas,
  keyOf,
  keyText,
  onePerTicket,
  TICKET_COLUMNS,
  type TicketKey,
  ticketText,
} from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { insertFrom, loadStored } from '../tables/record-rows.ts';
import {
  isUndone,
  type KeptReversal,
  REVERSAL_KEY,
  type ReceivedReversal,
  reversalRowOf,
  reverses,
} from '../tables/reversal-rows.ts';
import {
  type CheckRecordTables,
  type Database,
  type NewReversalRow,
  type OwnDb,
  type OwnStore,
  REVERSAL_COLUMNS,
  type ReversalRow,
} from '../tables/tables.ts';

/** Writes what has to be true together with compensating records, known ones too, in the transaction that keeps them. */
export type UndoInSameTransaction = (
  trx: OwnDb,
  reversals: readonly Omit<ReceivedReversal, 'ticketInfoCode'>[],
) => Promise<void>;

type ReversalFaults = ReadonlyMap<number, ErrorCode>;

/** Rolls back the transaction of compensating records that are refused. */
class Faulty extends Error {
  readonly faults: ReversalFaults;

  constructor(faults: ReversalFaults) {
    super('compensating records are refused');
    this.faults = faults;
  }
}

export type WaitingReversal = { readonly reversal: Reversal; readonly revision: number };

type UndoneRecord = Omit<ReversalRow, 'identity' | 'revision'>;

export type Reversals = ReturnType<typeof createReversals>;

/** Whether another entry of its ticket waits for upstream. That one goes first, or a copy could get in meanwhile. R11. */
const hasEntryOnItsWay = sql<boolean>`exists (
  select 1 from check_record c join outbox on ${haveSameKey('outbox', 'c')}
  where ${haveSameTicket('c', 'reversal')} and c.record_id <> reversal.reverses
    and c.quarantine is null and not ${isUndone('c')}
)`;

/** The most records looked at under one RecordId: further ones would be of other tickets. */
const MAX_OF_A_RECORD = 100;

export function createReversals(
  store: OwnStore,
  { inSameTransaction }: { inSameTransaction?: UndoInSameTransaction } = {},
) {
  const selectWaiting = () =>
    store.db
      .selectFrom('reversal')
      .innerJoin('checkRecord', (join) => join.on(reverses('reversal', 'checkRecord')))
      .select(['reversal.cinemaCode', 'reversal.filmTicketCode', 'reversal.startTime', 'reversal.checkTime'])
      .select(['reversal.recordId', 'reversal.reverses', 'reversal.reversedAt', 'reversal.revision'])
      .select('checkRecord.ticketInfoCode')
      .where('checkRecord.quarantine', 'is', null)
      .where('reversal.deliveredAt', 'is', null)
      .where('reversal.errorCode', 'is', null)
      .where(sql<boolean>`not ${hasEntryOnItsWay}`);
  const load = async (query: ReturnType<typeof selectWaiting>): Promise<WaitingReversal[]> =>
    (await query.execute()).map(({ revision, ...row }) => ({ reversal: row as unknown as Reversal, revision }));

  return {
    /**
     * Keeps compensating records, all or none; durable when it resolves. Answers which are to blame where none was kept: the
     * record came through another account, or too many of the ticket are here. What came through one of `formerAccounts` is
     * undone in the name of that one. Reading R9.
     */
    async keep(
      given: readonly ReceivedReversal[],
      {
        maxOfTicket,
        forward,
        formerAccounts = [],
      }: { maxOfTicket: number; forward: boolean; formerAccounts?: readonly string[] },
    ): Promise<ReversalFaults> {
      const rows = given.map(reversalRowOf);
      return store
        .transaction(async (trx) => {
          const database = { db: trx, store };
          const keys = rows.map((row) => ({ ...row, recordId: row.reverses }));
          const stored = await loadStored(database, keys);
          const ownerOf: OwnerOf = (row) => stored.get(reversedKey(row))?.account;
          const reversals = rows.map((row) => {
            const owner = ownerOf(row);
            return owner !== undefined && formerAccounts.includes(owner) ? { ...row, account: owner } : row;
          });
          // First: it locks the tickets, so that what is counted of them is exact.
          await inSameTransaction?.(trx, reversals);
          const faults = await faultsOf(database, reversals, ownerOf, maxOfTicket);
          if (faults.size > 0) throw new Faulty(faults);
          await insertReversals(database, reversals, { forward });
          return faults;
        })
        .catch((error: unknown) => {
          if (error instanceof Faulty) return error.faults;
          throw error;
        });
    },

    /** Keeps those that were read out of a damaged file, to be sent again; what is here stays as it is. Answers how many are new here. */
    takeBack: (reversals: readonly KeptReversal[]): Promise<number> =>
      store.transaction(async (trx) => {
        await inSameTransaction?.(trx, reversals);
        return insertReversals({ db: trx, store }, reversals, { forward: true });
      }),

    waiting(most: number, after: string): Promise<WaitingReversal[]> {
      const next = selectWaiting().where('reversal.recordId', '>', after).orderBy('reversal.recordId').limit(most);
      return load(next.modifyFront(acrossCinemas('waiting')));
    },

    async waitingFor(reverses: RecordId): Promise<WaitingReversal | null> {
      const its = selectWaiting().where('reversal.reverses', '=', reverses).modifyFront(acrossCinemas('key'));
      return (await load(its))[0] ?? null;
    },

    async countWaiting(): Promise<number> {
      const { rows } = await sql<{ waiting: number }>`
        select ${acrossCinemas('report')} count(*) as waiting from reversal where delivered_at is null and error_code is null
      `.execute(store.db);
      return rows[0]?.waiting ?? 0;
    },

    /** Notes that upstream has them or refused them for good; one queued again meanwhile is left as it is. */
    async noteOutcome(sent: readonly WaitingReversal[], outcome: { at: WallClock } | { errorCode: string }) {
      if (sent.length === 0) return;
      const set = 'at' in outcome ? { deliveredAt: outcome.at } : { errorCode: outcome.errorCode };
      await store.transaction(async (trx) => {
        for (const { reversal, revision } of sent) {
          await trx
            .updateTable('reversal')
            .set(set)
            .where('recordId', '=', reversal.recordId)
            .where('reverses', '=', reversal.reverses)
            .where('cinemaCode', '=', reversal.cinemaCode)
            .where('revision', '=', revision)
            .execute();
        }
      });
    },

    /** Queues again what was delivered since then, and what was refused, for an upstream that was restored. Reading X4. */
    async resendSince(since: WallClock): Promise<number> {
      // Also what waits: a reply to it that is under way comes from the data that were lost.
      const { numAffectedRows } = await sql`
        update reversal set delivered_at = null, error_code = null, revision = revision + 1
        where delivered_at >= ${since} or (error_code is not null and received_at >= ${since})
          or (delivered_at is null and error_code is null) ${acrossCinemas('command')}
      `.execute(store.db);
      return Number(numAffectedRows ?? 0);
    },

    /** Those of the last checks. */
    list: (most: number, cinemas: AskedCinemas = 'all'): Promise<UndoneRecord[]> =>
      undone(store.reports)
        .where(isOfCinemas(cinemas, sql.ref('cinemaCode')))
        .orderBy('reversal.checkTime', 'desc')
        .orderBy('reversal.recordId', 'desc')
        .limit(most)
        .execute(),
    of: (recordId: string): Promise<UndoneRecord[]> =>
      undone(store.db).where('reverses', '=', recordId).orderBy('recordId').limit(MAX_OF_A_RECORD).execute(),
  };
}

function undone(db: OwnDb) {
  return db
    .selectFrom('reversal')
    .modifyFront(acrossCinemas('report'))
    .select(['reverses', 'cinemaCode', 'account', 'recordId', 'filmTicketCode', 'startTime', 'checkTime'])
    .select(['reversedAt', 'receivedAt', 'deliveredAt', 'errorCode']);
}

/** Puts compensating records into an open transaction, to be sent on where that is wanted; what is there stays as it is. Answers how many are new. */
export async function insertReversals(
  database: Database,
  reversals: readonly KeptReversal[],
  { forward }: { forward: boolean },
): Promise<number> {
  // In one order, so that two processes which keep the same ones do not wait for each other in a circle.
  const inOrder = reversals.toSorted((a, b) => (keyTextOf(a) < keyTextOf(b) ? -1 : 1));
  return (await (forward ? insertWaiting : insertSettled).ask(database, inOrder)).length;
}

const inserting = (deliveredAt: RawBuilder<unknown>) =>
  queryOverRows<CheckRecordTables, NewReversalRow, unknown>(REVERSAL_COLUMNS, ({ db }, given) =>
    insertFrom(db, 'reversal', given, REVERSAL_COLUMNS, { deliveredAt })
      .onConflict((conflict) => conflict.columns([...REVERSAL_KEY]).doNothing())
      // Citus counts what is given as inserted.
      .returning('recordId'),
  );
const insertWaiting = inserting(sql`cast(null as text)`);
/** Where nothing is above that is to be sent any. */
const insertSettled = inserting(sql`given.received_at`);

const keysOfTickets = queryOverRows<CheckRecordTables, TicketKey, ReversalRow>(TICKET_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('reversal', (join) => join.on(haveSameTicket('reversal', 'given')))
    .select(columnsOf('reversal', REVERSAL_COLUMNS))
    .select(['reversal.deliveredAt', 'reversal.errorCode', 'reversal.revision']),
);

type OwnerOf = (row: KeptReversal) => string | undefined;

async function faultsOf(database: Database, rows: readonly KeptReversal[], ownerOf: OwnerOf, maxOfTicket: number) {
  const known = await loadReversalsOf(database, rows);
  const here = new Set(known.map(keyTextOf));
  const counts = new Map([...Map.groupBy(known, ticketAndAccount)].map(([key, { length }]) => [key, length]));
  const faults = new Map<number, ErrorCode>();
  for (const [index, row] of rows.entries()) {
    if ((ownerOf(row) ?? row.account) !== row.account) faults.set(index, 'NOT_RECORD_OWNER');
    if (here.has(keyTextOf(row))) continue;
    here.add(keyTextOf(row));
    const count = (counts.get(ticketAndAccount(row)) ?? 0) + 1;
    counts.set(ticketAndAccount(row), count);
    if (count > maxOfTicket) faults.set(index, 'TOO_MANY_ENTRIES');
  }
  return faults;
}

export async function loadReversalsOf(database: Database, tickets: readonly TicketKey[]): Promise<ReversalRow[]> {
  return tickets.length === 0 ? [] : keysOfTickets.ask(database, onePerTicket(tickets));
}

const reversedKey = ({ reverses, identity }: Pick<NewReversalRow, 'reverses' | 'identity'>) =>
  keyText({ recordId: reverses, identity });

function keyTextOf(row: NewReversalRow): string {
  return REVERSAL_KEY.map((column) => row[column]).join(' ');
}

const ticketAndAccount = (row: NewReversalRow): string => `${ticketText(row)} ${row.account}`;

export type Undoing = {
  readonly recordId: RecordId;
  readonly at: WallClock;
  /** `WAITING`: the entry still counts upstream, for good if upstream knows no compensating records. */
  readonly upstream: 'DELIVERED' | 'WAITING' | 'REFUSED';
};

/** How each of these records was undone, in order; null for one that was not. */
export async function loadUndoings(database: Database, records: readonly ReceivedRecord[]) {
  const textOf = (key: string, { account }: { readonly account: string }) => `${key} ${account}`;
  const rows = await loadReversalsOf(database, records);
  const undoings = new Map(rows.map((row) => [textOf(reversedKey(row), row), undoingIn(row)]));
  return records.map((record) => undoings.get(textOf(keyText(keyOf(record)), record)) ?? null);
}

function undoingIn({ recordId, reversedAt: at, deliveredAt, errorCode }: ReversalRow): Undoing {
  const upstream = deliveredAt !== null ? 'DELIVERED' : errorCode === null ? 'WAITING' : 'REFUSED';
  return { recordId: recordId as RecordId, at: at as WallClock, upstream };
}
