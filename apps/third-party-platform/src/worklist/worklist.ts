import {
  type CheckRecordTables,
  isDouble,
  isEntered,
  isOfTickets,
  type LateRefunds,
  lateRefundsIn,
  loadEntries,
  onePerTicket,
  type TicketKey,
  ticketKeyOf,
  ticketText,
} from '@ticket-check/check-records';
import { elementsJson, type WallClock } from '@ticket-check/protocol';
import { OperationRefused } from '@ticket-check/runtime';
import { createTables, pageOf, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { FINDING_KINDS, FindingRow } from './finding-row.ts';

type FindingKind = (typeof FINDING_KINDS)[number];

type KeptFinding = FindingKey & {
  /** When the record or refund came that last made it a finding. */
  foundAt: string;
  /** The RefundTime from the national platform; null if it gave none, and for a double. */
  refundedAt: string | null;
  /** When somebody noted the outcome last; null while it is open. */
  notedAt: string | null;
};

type FindingNoteRow = FindingKey & {
  /** From 1, in the order in which they were noted. */
  nth: number;
  outcome: string;
  operator: string;
  notedAt: string;
};

export type FindingTables = { finding: KeptFinding; findingNote: FindingNoteRow };

export type FindingKey = TicketKey & { readonly kind: FindingKind };

export const findingMigrations = createTables<FindingTables>(
  sql`create table finding (
    start_time text not null, cinema_code text not null, film_ticket_code text not null, kind text not null,
    found_at text not null, refunded_at text, noted_at text,
    primary key (start_time, cinema_code, film_ticket_code, kind)
  )`,
  // Each in the order of its list, so that a page of it costs the same however many there are.
  sql`create index finding_open on finding (
    found_at, start_time, cinema_code, film_ticket_code, kind
  ) where noted_at is null`,
  sql`create index finding_noted on finding (
    noted_at, start_time, cinema_code, film_ticket_code, kind
  ) where noted_at is not null`,
  sql`create table finding_note (
    start_time text not null, cinema_code text not null, film_ticket_code text not null, kind text not null,
    nth bigint not null, outcome text not null, operator text not null, noted_at text not null,
    primary key (start_time, cinema_code, film_ticket_code, kind, nth)
  )`,
);

export type FindingPlace = [string, string, string, string, string];

export type AskedFindings = {
  /** `open`: nobody has noted an outcome since it was found, the longest open first; `noted`: the last noted first. */
  readonly state: 'open' | 'noted';
  readonly kind?: FindingKind | undefined;
  readonly cinemas: readonly string[] | 'all';
  readonly after: FindingPlace | null;
  readonly limit: number;
};

type WorklistTables = CheckRecordTables & FindingTables;

const ORDER = {
  open: ['foundAt', 'startTime', 'cinemaCode', 'filmTicketCode', 'kind'],
  noted: ['notedAt', 'startTime', 'cinemaCode', 'filmTicketCode', 'kind'],
} as const;

/** Its records may no longer count as entries. */
const isStillFound = sql<boolean>`case kind when 'DOUBLE' then ${isDouble} = 1 else ${isEntered} end`;

/** The findings of some cinemas whose records still make them one, by the connection of reports. */
const findingsOf = (store: Store<WorklistTables>, state: AskedFindings['state'], cinemas: AskedFindings['cinemas']) =>
  store.reports
    .selectFrom('finding as given')
    .where(isStillFound)
    .where('notedAt', state === 'open' ? 'is' : 'is not', null)
    .$if(cinemas !== 'all', (query) => query.where('cinemaCode', 'in', cinemas === 'all' ? [] : cinemas));

export async function listFindings(
  store: Store<WorklistTables>,
  { state, kind, cinemas, after, limit }: AskedFindings,
): Promise<{ rows: FindingRow[]; next: FindingPlace | null }> {
  if (cinemas.length === 0) return { rows: [], next: null };
  const order = ORDER[state];
  const [direction, beyond] = state === 'open' ? (['asc', '>'] as const) : (['desc', '<'] as const);
  let query = findingsOf(store, state, cinemas)
    .selectAll()
    .limit(limit + 1);
  for (const column of order) query = query.orderBy(column, direction);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  if (after !== null) {
    const place = sql.join(order.map((column) => sql.ref(column)));
    query = query.where(sql<boolean>`(${place}) ${sql.raw(beyond)} (${sql.join(after)})`);
  }
  const found = await query.execute();
  const placeOf = (last: (typeof found)[number]) => order.map((column) => last[column]) as unknown as FindingPlace;
  const { page, next } = pageOf(found, limit, placeOf);
  return { rows: await withDetails(store, page), next };
}

/** How many are open; `isAtLeast`: there are more than are counted. */
export type OpenFindings = { readonly count: number; readonly isAtLeast: boolean };

/** The most that are counted, since each is asked for its entries: nobody works through more in a day. */
const MAX_COUNTED = 1000;

/** Counts what `listFindings` lists as open. */
export async function countOpenFindings(
  store: Store<WorklistTables>,
  cinemas: AskedFindings['cinemas'],
): Promise<OpenFindings> {
  if (cinemas.length === 0) return { count: 0, isAtLeast: false };
  const open = findingsOf(store, 'open', cinemas)
    .select('given.kind')
    .limit(MAX_COUNTED + 1);
  const found = await open.execute();
  return { count: Math.min(found.length, MAX_COUNTED), isAtLeast: found.length > MAX_COUNTED };
}

/** Findings with the entries of their tickets, the first one first, and all that was noted, the oldest first. */
async function withDetails(store: Store<WorklistTables>, found: readonly KeptFinding[]): Promise<FindingRow[]> {
  if (found.length === 0) return [];
  const tickets = onePerTicket(found.map(ticketKeyOf));
  const entriesOf = Map.groupBy(await loadEntries({ db: store.reports, store }, tickets), ticketText);
  const ofTickets = store.reports.selectFrom('findingNote').selectAll().where(isOfTickets(store, found)).orderBy('nth');
  const notesOf = Map.groupBy(await ofTickets.execute(), keyText);
  return found.map((finding) => {
    const entries = entriesOf.get(ticketText(finding)) ?? [];
    const [first] = entries;
    return {
      ...elementsJson(finding, 'Kind', 'CinemaCode', 'FilmTicketCode', 'StartTime'),
      ...(first && elementsJson(first, 'ScreenCode', 'ScreenName', 'SessionCode', 'FilmName', 'RowNum', 'ColumnNum')),
      ...elementsJson(finding, 'FoundAt', 'NotedAt'),
      ...(finding.kind === 'LATE_REFUND' && { RefundTime: finding.refundedAt }),
      Entries: entries.map((entry) => ({
        ...elementsJson(entry, 'RecordId', 'CheckTime', 'Account', 'ReceivedAt'),
        ...(entry.gate !== '' && { Gate: entry.gate }),
        ...(entry.overriddenVerdict !== null && { OverriddenVerdict: entry.overriddenVerdict }),
      })),
      Notes: (notesOf.get(keyText(finding)) ?? []).map((note) => elementsJson(note, 'Outcome', 'Operator', 'NotedAt')),
    };
  });
}

const CHANGED = {
  status: 409,
  zh: '该项已不存在，或已有他人记录结果，未做任何更改。请刷新列表，看清已记录的内容后再补充。',
  en: 'There is no such finding, or somebody noted its outcome meanwhile. Nothing was changed: read the list again.',
} as const;

/**
 * Notes the outcome of a finding, in the transaction of an operation. Earlier notes stay. Answers the note before this one.
 *
 * @param seen the time of the last note that the operator has seen; omitted, it does not matter
 * @throws OperationRefused
 */
export async function noteOutcome(
  { db }: Pick<Store<WorklistTables>, 'db'>,
  key: FindingKey,
  note: { outcome: string; operator: string; at: WallClock },
  seen?: string | null,
): Promise<string | null> {
  const noted = await db
    .updateTable('finding')
    .set({ notedAt: note.at })
    .where((eb) => eb.and(key))
    .$if(seen === null, (query) => query.where('notedAt', 'is', null))
    .$if(typeof seen === 'string', (query) => query.where('notedAt', '=', seen ?? ''))
    .executeTakeFirst();
  if (noted.numUpdatedRows === 0n) throw new OperationRefused('changed', CHANGED);
  const before = await db
    .selectFrom('findingNote')
    .select(['nth', 'outcome'])
    .where((eb) => eb.and(key))
    .orderBy('nth', 'desc')
    .limit(1)
    .executeTakeFirst();
  const nth = (before?.nth ?? 0) + 1;
  await db
    .insertInto('findingNote')
    .values({ ...key, nth, outcome: note.outcome, operator: note.operator, notedAt: note.at })
    .execute();
  return before?.outcome ?? null;
}

const keyText = ({ kind, ...ticket }: FindingKey) => `${kind} ${ticketText(ticket)}`;

/** Which entries are of refunded tickets: those on the worklist, whatever was noted about them. */
export function lateRefundsFound(store: Store<CheckRecordTables & FindingTables>): LateRefunds {
  return lateRefundsIn(store, 'finding', sql<boolean>`r.kind = 'LATE_REFUND' and r.found_at is not null`);
}
