import {
  type EntryRecord,
  insertFrom,
  loadEntriesBeside,
  loadReversalsOf,
  TICKET_COLUMNS,
  TICKET_KEY,
  type TicketKey,
  ticketKeyOf,
  ticketText,
} from '@ticket-check/check-records';
import { isAmong, queryOverRows, type Store, writeTogether } from '@ticket-check/storage';
import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import { CLAIM_COLUMNS, type ClaimTables, HELD_BY_NOBODY, type TicketClaimRow } from './claim-tables.ts';
import { claimsOn, type Database, holderIn, inKeyOrder } from './known-entries.ts';
import { insertReleases, loadReleases } from './released-rows.ts';
import {
  type AnswerTo,
  type ClaimEvent,
  type Holder,
  heldBy,
  type TicketEvent,
  type TicketState,
  transition,
  type Undone,
} from './transition.ts';

const ROW = Object.keys(CLAIM_COLUMNS) as (keyof TicketClaimRow)[];
const HELD = ROW.filter((column) => !(column in TICKET_COLUMNS));

/** A ticket as its transaction finds it, and what becomes of it. */
type LockedTicket = {
  readonly ticket: TicketKey;
  /** The row of the ticket; it may have been inserted only for the lock, when nobody holds the ticket. */
  readonly row: TicketClaimRow | null;
  readonly state: TicketState;
  after: TicketState;
};

type ClaimDatabase = { readonly db: Kysely<ClaimTables>; readonly store: Store<ClaimTables> };

export type OnTicket<E extends TicketEvent> = { readonly ticket: TicketKey; readonly event: E };

/**
 * Lets events happen in an open transaction, in their order: their tickets are locked and loaded, each event goes through
 * the rule, and what has changed is written, in a number of statements that does not grow with theirs. Answers for each event.
 */
export async function applyEvents<E extends TicketEvent>(
  database: Database,
  happening: readonly OnTicket<E>[],
): Promise<AnswerTo<E>[]> {
  const { answers, left } = await decideEvents(database, happening);
  await writeTogether(database, left);
  return answers;
}

/** The same, except that what has changed is left to write, for one statement with others (`writeTogether`). */
export async function decideEvents<E extends TicketEvent>(
  database: Database,
  happening: readonly OnTicket<E>[],
): Promise<{ answers: AnswerTo<E>[]; left: readonly CompiledQuery[] }> {
  if (happening.length === 0) return { answers: [], left: [] };
  const locked = await lockTickets(
    database,
    Map.groupBy(happening, ({ ticket }) => ticketText(ticket)),
  );
  const answers = happening.map(({ ticket, event }) => {
    const its = locked.get(ticketText(ticket));
    if (its === undefined) throw new Error('a ticket was not locked');
    const { state, answer } = transition(its.after, event);
    its.after = state;
    return answer;
  });
  return { answers, left: writingTickets(database.store, [...locked.values()]) };
}

/**
 * Makes the claims on tickets that are free, and answers which: in one statement for each cinema. The tickets must be distinct, and
 * nothing may be said against the claims. Their transactions are to be short: who claims the same ticket waits for them.
 */
export async function claimFree(
  database: ClaimDatabase,
  claims: readonly OnTicket<ClaimEvent>[],
): Promise<Set<string>> {
  const rows = claims.map(({ ticket, event }) => rowOf(ticket, { ...event, recorded: false }));
  return new Set((await insertFree.ask(database, inKeyOrder(rows))).map(ticketText));
}

const insertFree = queryOverRows<ClaimTables, TicketClaimRow, TicketKey>(CLAIM_COLUMNS, ({ db }, given) =>
  insertFrom(db, 'ticketClaim', given, CLAIM_COLUMNS)
    .onConflict((conflict) => conflict.columns(TICKET_KEY).doNothing())
    .returning(TICKET_KEY),
);

/**
 * Locks tickets until the open transaction ends: nothing happens to them meanwhile, free ones included. On SQLite a transaction is
 * the only one.
 */
export async function lockTicketsOnly(database: ClaimDatabase, tickets: readonly TicketKey[]): Promise<void> {
  if (database.store.engine === 'sqlite') return;
  const proposed = inKeyOrder(tickets).map((ticket) => ({ ...ticketKeyOf(ticket), ...NOBODY }));
  const rows = await proposeRows.ask(database, proposed);
  // Who claims such a ticket waits for this transaction all the same.
  await deleteRows.ask(
    database,
    rows.filter(({ claimedAt }) => claimedAt === NOBODY.claimedAt),
  );
}

/** Locks a ticket as `lockTicketsOnly`, and keeps it from being free: something is known of it that a claim must look at. */
export async function lockKnownTicket(database: ClaimDatabase, ticket: TicketKey, at: string): Promise<void> {
  await proposeRows.ask(database, [{ ...ticketKeyOf(ticket), ...NOBODY, claimedAt: at }]);
}

/** What happens to each ticket of a group, by `ticketText`. */
type EventsByTicket = ReadonlyMap<string, readonly OnTicket<TicketEvent>[]>;

type LockedRow = { readonly row: TicketClaimRow; readonly holder: Holder | null };

/**
 * Loads the state of tickets to which something happens, and locks it until this transaction ends. A report is decided only by
 * the holder and by what was undone. Loads only the records and earlier releases of a ticket that the events ask about, and the
 * first of the other records.
 */
async function lockTickets(database: Database, events: EventsByTicket): Promise<Map<string, LockedTicket>> {
  const rows = await lockRows(database, events);
  const undone = Map.groupBy(await loadReversalsOf(database, ticketsAskingUndone(events)), ticketText);
  const asking = [...events.values()].flat().flatMap(({ ticket, event }) => {
    if (event.kind === 'claim' || event.kind === 'release') return { ...ticket, recordId: event.recordId };
    return event.kind === 'undo' ? { ...ticket, recordId: event.record.recordId } : [];
  });
  const releases = await loadReleases(database, asking);
  // A ticket that has a record has a holder.
  const held = asking.filter((ticket) => (rows.get(ticketText(ticket))?.holder ?? null) !== null);
  const records = Map.groupBy(held.length === 0 ? [] : await loadEntriesBeside(database, held), ticketText);
  return new Map(
    [...events].flatMap(([key, [first]]) => {
      if (first === undefined) return [];
      const { row = null, holder = null } = rows.get(key) ?? {};
      const state = {
        holder,
        records: records.get(key) ?? NO_RECORDS,
        released: releases(key),
        undone: (undone.get(key) ?? []).map(
          ({ reverses, checkTime, account }) => ({ recordId: reverses, checkTime, account }) as unknown as Undone,
        ),
      };
      return [[key, { ticket: first.ticket, row, state, after: state }]];
    }),
  );
}

/** A claim needs to know what was undone where the platform above knows an entry: in its way there is no further question. */
function ticketsAskingUndone(events: EventsByTicket): TicketKey[] {
  return [...events.values()].flatMap((happening) => {
    const some = happening.find(({ event }) =>
      event.kind === 'claim' ? event.objection?.kind === 'entered' : event.kind === 'report' || event.kind === 'undo',
    );
    return some === undefined ? [] : [some.ticket];
  });
}

const NO_RECORDS: readonly EntryRecord[] = [];

/**
 * On SQLite an open transaction is the only one. On PostgreSQL every ticket is locked by its row, in one order of keys, and waits for a
 * claim that another transaction is writing. A missing row is inserted: of a report the one that the rule will most likely allow, so
 * that nothing is left to write.
 */
async function lockRows(database: Database, events: EventsByTicket): Promise<Map<string, LockedRow>> {
  const firsts = [...events.values()].flatMap((happening) => happening.slice(0, 1));
  if (database.store.engine === 'sqlite') {
    const known = await claimsOn.ask(
      database,
      firsts.map(({ ticket }) => ticket),
    );
    return new Map(known.map((row) => [ticketText(row), { row, holder: holderIn(row) }]));
  }
  const proposed = new Map(firsts.map((first) => [ticketText(first.ticket), proposedBy(first)]));
  const rows = await proposeRows.ask(database, inKeyOrder([...proposed.values()]));
  return new Map(
    rows.map((row) => {
      const key = ticketText(row);
      // A record is reported as new once, so a row that names it in the same words was inserted here.
      const isProposed = HELD.every((column) => row[column] === proposed.get(key)?.[column]);
      return [key, { row, holder: isProposed ? null : holderIn(row) }];
    }),
  );
}

const proposeRows = queryOverRows<ClaimTables, TicketClaimRow, TicketClaimRow>(CLAIM_COLUMNS, ({ db }, given) =>
  upserting(db, given, { recorded: sql<number>`ticket_claim.recorded` }).returning(ROW),
);

function proposedBy({ ticket, event }: OnTicket<TicketEvent>): TicketClaimRow {
  return event.kind === 'report' ? rowOf(ticket, heldBy(event.record)) : { ...ticketKeyOf(ticket), ...NOBODY };
}

/** The row of a ticket that is only locked. One that stays says since when. */
const NOBODY: Omit<TicketClaimRow, keyof TicketKey> = {
  recordId: '',
  checkTime: '',
  gate: '',
  account: '',
  claimedAt: '',
  recorded: HELD_BY_NOBODY,
};

function writingTickets(store: Database['store'], changes: readonly LockedTicket[]): readonly CompiledQuery[] {
  const held: TicketClaimRow[] = [];
  const free: TicketKey[] = [];
  for (const { ticket, row, after } of changes) {
    const written = after.holder === null ? rowOfNobody(ticket, row, after) : rowOf(ticket, after.holder);
    if (written === null && row !== null) free.push(ticket);
    if (written !== null && HELD.some((column) => row?.[column] !== written[column])) held.push(written);
  }
  const released = changes.flatMap(({ ticket, state, after }) =>
    after.released
      .filter((release) => !state.released.includes(release))
      .map(({ uncertain, ...release }) => ({
        ...ticketKeyOf(ticket),
        ...release,
        uncertain: Number(uncertain),
      })),
  );
  return [
    ...writeHeld.statements(store, inKeyOrder(held)),
    ...deleteRows.statements(store, free),
    ...insertReleases.statements(store, inKeyOrder(released)),
  ];
}

/** The row of a ticket that nobody holds; null where it is free. */
function rowOfNobody(ticket: TicketKey, row: TicketClaimRow | null, { released }: TicketState): TicketClaimRow | null {
  if (row?.recorded === HELD_BY_NOBODY && row.claimedAt !== '') return row;
  const [since] = released.flatMap(({ releasedAt }) => (releasedAt === '' ? [] : [releasedAt]));
  return since === undefined ? null : { ...ticketKeyOf(ticket), ...NOBODY, claimedAt: since };
}

const EXCLUDED = Object.fromEntries(HELD.map((column) => [column, sql.ref(`excluded.${column}`)]));

const writeHeld = queryOverRows<ClaimTables, TicketClaimRow, unknown>(CLAIM_COLUMNS, ({ db }, given) =>
  upserting(db, given, EXCLUDED),
);

function upserting(
  db: Kysely<ClaimTables>,
  given: RawBuilder<TicketClaimRow>,
  set: { [column in keyof TicketClaimRow]?: RawBuilder<TicketClaimRow[column]> },
) {
  return insertFrom(db, 'ticketClaim', given, CLAIM_COLUMNS).onConflict((conflict) =>
    conflict.columns(TICKET_KEY).doUpdateSet(set),
  );
}

const deleteRows = queryOverRows<ClaimTables, TicketKey, unknown>(TICKET_COLUMNS, ({ db }, given) =>
  db.deleteFrom('ticketClaim').where(isAmong(TICKET_COLUMNS, given)),
);

function rowOf(ticket: TicketKey, { recordId, checkTime, gate, account, claimedAt, recorded }: Holder): TicketClaimRow {
  return { ...ticketKeyOf(ticket), recordId, checkTime, gate, account, claimedAt, recorded: Number(recorded) };
}
